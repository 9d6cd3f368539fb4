import { afterAll, describe, expect, it } from "vitest";
import { noGradient } from "../../autograd.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { gradients } from "../../gradients.ts";
import { scope } from "../../scope.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { type CrossEntropyOptions, crossEntropy } from "./cross-entropy.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  const run = async (
    logits: number[][],
    labels: number[] | number[][],
    options: CrossEntropyOptions = {},
  ): Promise<{ loss: number; dlogits: number[] }> => {
    const { loss, dlogits } = scope(() => {
      const x = tensor(logits, undefined, { device });
      x.requiresGradient = true;
      const dtype = Array.isArray(labels[0]) ? "float32" : "int32";
      const result = crossEntropy(x, tensor(labels, undefined, { device, dtype }), options);
      return { loss: result, dlogits: gradients(result, [x])[0]! };
    });
    const values = { loss: await loss.item(), dlogits: Array.from(await dlogits.data()) };
    loss.dispose();
    dlogits.dispose();
    return values;
  };

  it("neither overflows nor loses what is small", async () => {
    const { loss, dlogits } = await run(
      [
        [1000, 0, -1000],
        [-3e38, 0, 3e38],
      ],
      [2, 2],
    );
    expect(loss).toBe(1000);
    expect(dlogits).toEqual([0.5, 0, -0.5, 0, 0, 0]);
  });

  it.each([-1, 3, 2 ** 31 - 1])("is loud about the label %d", async (label) => {
    const { loss, dlogits } = await run(
      [
        [1, 1, 1],
        [2, 2, 2],
      ],
      [label, 0],
    );
    expect(loss).toBeNaN();
    expect(dlogits.slice(0, 3)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    // (1/3 − onehot) / 2
    for (const [i, expected] of [-1 / 3, 1 / 6, 1 / 6].entries()) expect(dlogits[3 + i]).toBeCloseTo(expected, 6);
  });

  it.each([
    [[1, Number.NaN, 3]],
    [[1, Number.POSITIVE_INFINITY, 3]],
    [new Array<number>(3).fill(Number.NEGATIVE_INFINITY)],
  ])("is loud about the logits %j", async (row) => {
    const { loss, dlogits } = await run([row], [0]);
    expect(loss).toBeNaN();
    expect(dlogits).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it("leaves out what is ignored, whatever it holds", async () => {
    const { loss, dlogits } = await run(
      [
        [0, 0],
        [Number.NaN, 1],
      ],
      [1, -100],
      { ignoreIndex: -100 },
    );
    expect(loss).toBeCloseTo(Math.log(2), 6);
    expect(dlogits).toEqual([0.5, -0.5, 0, 0]);
  });

  it("costs nothing where all is ignored", async () => {
    expect(await run([[1, 2, 3]], [255], { ignoreIndex: 255 })).toEqual({ loss: 0, dlogits: [0, 0, 0] });
  });

  it("is loud about labels that are neither a class nor ignored", async () => {
    const rows = [
      [1, 1],
      [1, 1],
    ];
    const { loss, dlogits } = await run(rows, [2, 255], { ignoreIndex: 255 });
    expect(loss).toBeNaN();
    expect(dlogits).toEqual([Number.NaN, Number.NaN, 0, 0]);
  });

  it("adds nothing for a target of 0 beside a logit of -infinity", async () => {
    const { loss, dlogits } = await run([[0, Number.NEGATIVE_INFINITY, 0]], [[0.5, 0, 0.5]]);
    expect(loss).toBeCloseTo(Math.log(2), 6);
    expect(dlogits).toEqual([0, 0, 0]);
  });

  it("takes one-hot labels for what they say", async () => {
    const logits = [
      [1, 2, 3],
      [-1, 0, 5],
    ];
    const hot = await run(logits, [
      [0, 1, 0],
      [1, 0, 0],
    ]);
    const plain = await run(logits, [1, 0]);
    expect(hot.loss).toBeCloseTo(plain.loss, 6);
    hot.dlogits.forEach((value, i) => {
      expect(value).toBeCloseTo(plain.dlogits[i]!, 6);
    });
  });

  it("keeps nothing where no gradient will be asked for", async () => {
    const logits = tensor([[1, 2]], undefined, { device });
    const labels = tensor(new Int32Array(1), undefined, { device });
    logits.requiresGradient = true;
    const call = () => noGradient(() => crossEntropy(logits, labels));
    // The first call leaves what a device caches for the next ones.
    const first = call();
    const { liveBlocks } = device.memory();
    const second = call();
    expect(device.memory().liveBlocks).toBe(liveBlocks + 1);
    expect(await second.item()).toBeCloseTo(Math.log(1 + Math.E), 6);
    for (const each of [logits, labels, first, second]) each.dispose();
  });

  it("has no loss for no rows", async () => {
    const empty = (): Tensor => {
      const logits = tensor(new Float32Array(0), [0, 3], { device });
      return crossEntropy(logits, tensor(new Int32Array(0), undefined, { device }));
    };
    const loss = scope(empty);
    expect(await loss.item()).toBeNaN();
    loss.dispose();
  });
});

describe("errors", () => {
  const { device } = devices[0]!;
  const logits = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape, { device });
  const labels = (size: number) => tensor(new Int32Array(size), undefined, { device });

  const fit = { hints: ["class numbers are int32, one-hot and soft labels float32"] };

  it.each([
    [
      () => crossEntropy(logits(4), labels(4)),
      new ShapeError("crossEntropy: logits must be [..., classes] with at least one axis of rows, got [4]"),
    ],
    [
      () => crossEntropy(logits(4, 0), labels(4)),
      new ShapeError("crossEntropy: logits must be [..., classes] with at least one axis of rows, got [4, 0]"),
    ],
    [
      () => crossEntropy(logits(4, 2), labels(3)),
      new ShapeError("crossEntropy: int32 labels must be [4], one for each row of logits, got [3]", fit),
    ],
    [
      () => crossEntropy(logits(4, 2), logits(4)),
      new ShapeError("crossEntropy: float32 labels must be [4, 2], a number for each class, got [4]", fit),
    ],
    [
      () => crossEntropy(logits(4, 2), tensor(new Uint8Array(4), undefined, { device })),
      new DTypeError("crossEntropy: labels must be int32 or float32, got uint8"),
    ],
    [() => crossEntropy(labels(4), labels(4)), new DTypeError("crossEntropy: logits must be float32, got int32")],
    [
      () => crossEntropy(logits(4, 2), labels(4), { labelSmoothing: 1.5 }),
      new ArgumentError("crossEntropy: labelSmoothing must be within 0 … 1, got 1.5"),
    ],
    [
      () => crossEntropy(logits(4, 2), labels(4), { ignoreIndex: 0.5 }),
      new ArgumentError("crossEntropy: ignoreIndex must be an int32, got 0.5"),
    ],
    [
      () => crossEntropy(logits(4, 2), logits(4, 2), { ignoreIndex: 0 }),
      new ArgumentError("crossEntropy: ignoreIndex needs int32 labels, got float32"),
    ],
    [
      () => crossEntropy(logits(4, 2), labels(4), { weight: logits(4) }),
      new ShapeError("crossEntropy: weight must be [2], one value for each class, got [4]"),
    ],
  ])("are one line: %#", (body, error) => {
    expect(() => scope(body)).toThrow(error);
  });
});

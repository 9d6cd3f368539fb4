import { afterAll, describe, expect, it } from "vitest";
import { noGradient } from "../../autograd.ts";
import { DTypeError, ShapeError } from "../../errors.ts";
import { gradients } from "../../gradients.ts";
import { scope } from "../../scope.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { crossEntropy } from "./cross-entropy.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  const run = async (logits: number[][], labels: number[]): Promise<{ loss: number; dlogits: number[] }> => {
    const { loss, dlogits } = scope(() => {
      const x = tensor(logits, undefined, { device });
      x.requiresGradient = true;
      const result = crossEntropy(x, tensor(Int32Array.from(labels), undefined, { device }));
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

  it.each([
    [() => crossEntropy(logits(4), labels(4)), new ShapeError("crossEntropy: logits must be [n, classes], got [4]")],
    [
      () => crossEntropy(logits(4, 0), labels(4)),
      new ShapeError("crossEntropy: logits must be [n, classes], got [4, 0]"),
    ],
    [
      () => crossEntropy(logits(4, 2), labels(3)),
      new ShapeError("crossEntropy: labels must be [4], one for each row of logits, got [3]"),
    ],
    [() => crossEntropy(logits(4, 2), logits(4)), new DTypeError("crossEntropy: labels must be int32, got float32")],
    [() => crossEntropy(labels(4), labels(4)), new DTypeError("crossEntropy: logits must be float32, got int32")],
  ])("are one line: %#", (body, error) => {
    expect(() => scope(body)).toThrow(error);
  });
});

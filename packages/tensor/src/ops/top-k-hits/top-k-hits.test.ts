import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { topKHits } from "./top-k-hits.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  const hits = async (logits: number[][], labels: number[], k: number): Promise<number[]> => {
    const result = scope(() =>
      topKHits(tensor(logits, undefined, { device }), tensor(Int32Array.from(labels), undefined, { device }), k),
    );
    const values = Array.from(await result.data());
    result.dispose();
    return values;
  };

  it("misses labels that are not classes", async () => {
    const row = [1, 2, 3];
    expect(await hits([row, row, row, row], [-1, 3, 2 ** 31 - 1, 2], 3)).toEqual([0, 0, 0, 1]);
  });

  it("misses a NaN of the label, and lets no other NaN be ahead", async () => {
    const row = [Number.NaN, 2, 3, Number.NaN, 1];
    expect(await hits([row, row, row], [0, 2, 1], 1)).toEqual([0, 1, 0]);
    expect(await hits([row, row, row], [3, 2, 1], 9)).toEqual([0, 1, 1]);
  });

  it("counts an equal logit of a lower class as ahead", async () => {
    const row = [2, 2, 2, 0, 2];
    expect(await hits([row, row, row, row], [0, 1, 2, 4], 2)).toEqual([1, 1, 0, 0]);
  });
});

describe("errors", () => {
  const { device } = devices[0]!;
  const logits = (shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape, { device });
  const labels = (size: number) => tensor(new Int32Array(size), undefined, { device });
  const call = (body: () => Tensor) => () => scope(body);

  it.each([
    [() => topKHits(logits([4]), labels(4), 1), new ShapeError("topKHits: logits must be [rows, classes], got [4]")],
    [
      () => topKHits(logits([4, 2]), labels(3), 1),
      new ShapeError("topKHits: labels must be [4], one for each row of logits, got [3]"),
    ],
    [
      () => topKHits(logits([4, 2]), labels(4), 0),
      new ArgumentError("topKHits: k must be a whole number of at least 1, got 0"),
    ],
    [() => topKHits(logits([4, 2]), logits([4]), 1), new DTypeError("topKHits: labels must be int32, got float32")],
  ])("are one line: %#", (body, error) => {
    expect(call(body)).toThrow(error);
  });
});

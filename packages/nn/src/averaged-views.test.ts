import { reshape, setDefaultDevice, slice, type Tensor } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, describe, expect, it } from "vitest";
import { AveragedViews, viewsOf } from "./averaged-views.ts";
import { evaluate, predict } from "./evaluate.ts";
import { PredictionRecorder } from "./metrics/prediction-recorder.ts";
import { softmaxRows } from "./metrics/scores.ts";
import { Module } from "./module.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

/** A model whose logits are an image's first row, so that every view shows in them. */
class FirstRow extends Module {
  readonly kind = "FirstRow";

  forward(x: Tensor): Tensor {
    return reshape(slice(x, { begin: [0, 0, 0, 0], size: [x.shape[0]!, 1, 4, 1] }), [x.shape[0]!, 4]);
  }

  outputShape(): number[] {
    return [1, 4];
  }
}

/** Rows of one image: [3 0 0 1], [0 2 0 0], [0 0 1 0], … as numbers that are seen as they are. */
const images = Float32Array.of(3, 0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 5, 0, 0, 0);
const batch = { images, labels: Int32Array.of(3), shape: [1, 4, 4, 1] };

/** Mean of the softmax of these rows, in float64. */
function meanOf(rows: readonly (readonly number[])[]): number[] {
  const shares = rows.map((row) => [...softmaxRows(Float32Array.from(row), 4)]);
  return [0, 1, 2, 3].map((c) => shares.reduce((sum, row) => sum + row[c]! / rows.length, 0));
}

describe.each(devices)("on $name", ({ device }) => {
  it("averages the probabilities of an image and its mirror image, and of moved ones", async () => {
    setDefaultDevice(device);
    const expected = {
      flip: meanOf([
        [3, 0, 0, 1],
        [1, 0, 0, 3],
      ]),
      "flip-shift": meanOf([
        ...[
          [3, 0, 0, 1],
          [0, 0, 1, 0],
          [0, 0, 0, 0],
          [0, 1, 0, 0],
          [0, 0, 3, 0],
        ],
        ...[
          [1, 0, 0, 3],
          [0, 1, 0, 0],
          [0, 0, 0, 0],
          [0, 0, 1, 0],
          [0, 3, 0, 0],
        ],
      ]),
    };
    for (const kind of ["flip", "flip-shift"] as const) {
      const [logits] = await predict(new AveragedViews(new FirstRow(), kind), [batch]);
      const found = softmaxRows(logits!, 4);
      // Roundings of an exponential, a logarithm and sums of ten numbers below 1.
      for (const [c, value] of expected[kind].entries()) expect(Math.abs(found[c]! - value)).toBeLessThan(2e-6);
    }
  });

  it("remembers what was predicted while it is evaluated", async () => {
    setDefaultDevice(device);
    const recorder = new PredictionRecorder(new FirstRow(), { superclasses: [0, 1, 1, 1] });
    const low = { ...batch, images: images.map((value) => value / 10) };
    // What the device makes once, such as the ring of readings, is not the recorder's.
    await evaluate(recorder, [batch, low]);
    await recorder.take();
    const before = device.memory().liveBlocks;
    await evaluate(recorder, [batch, low]);
    // Class 0 is the best both times; of the second image three others together have more.
    expect(await recorder.take()).toEqual({ classes: Int32Array.of(0, 0), superclasses: Int32Array.of(0, 1) });
    expect(await recorder.take()).toEqual({ classes: new Int32Array(0), superclasses: new Int32Array(0) });
    expect(device.memory().liveBlocks).toBe(before);
  });
});

it("has two views, or ten", () => {
  expect([viewsOf("flip").length, viewsOf("flip-shift").length]).toEqual([2, 10]);
});

// What is drawn for an image follows from its place in the whole batch, whichever part of it a rank holds.
import { openDevice, scope, sizeOf, tensor, uniform } from "@tessera/tensor";
import { afterAll, expect, it } from "vitest";
import { type BatchTransform, compose } from "./batch-transform.ts";
import { horizontalFlip, padCrop } from "./crops.ts";
import { coarseDropout, cutout, randomErasing } from "./erasing.ts";
import { pcaColour } from "./pca-colour.ts";
import { randomResizedCrop } from "./random-resized-crop.ts";
import { someOfCropFlipDropout } from "./some-of-crop-flip-dropout.ts";

const device = await openDevice("cpu", { threads: 1 });
afterAll(() => device.destroy());

const image = [10, 12, 3] as const;
const one = sizeOf(image);
const count = 16;
const pixels = uniform({ seed: 3, stream: 0 }, count * one, 1, 2);

/** The transform's images from `first` to `end`, given no others. */
async function part(transform: BatchTransform, first: number, end: number): Promise<Float32Array> {
  const { images, targets } = scope(() =>
    transform({
      images: tensor(pixels.subarray(first * one, end * one), [end - first, ...image], { device }),
      targets: tensor(new Int32Array(end - first), [end - first], { device }),
      part: { first, step: 7 },
    }),
  );
  const values = (await images.data()) as Float32Array;
  images.dispose();
  targets.dispose();
  return values;
}

const seed = 5;
const vectors = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

it.each<[string, BatchTransform]>([
  ["padCrop", padCrop({ seed, padding: 3 })],
  ["horizontalFlip", horizontalFlip({ seed })],
  ["randomResizedCrop", randomResizedCrop({ seed })],
  ["cutout", cutout({ seed, size: 5, holes: 2 })],
  ["randomErasing", randomErasing({ seed })],
  ["randomErasing with colours", randomErasing({ seed, fill: { low: -2, high: -1 } })],
  ["coarseDropout", coarseDropout({ seed })],
  ["someOfCropFlipDropout", someOfCropFlipDropout({ seed })],
  ["pcaColour", pcaColour({ seed, values: [0.3, 0.2, 0.1], vectors })],
  ["all in a row", compose(padCrop({ seed }), horizontalFlip({ seed }), cutout({ seed, size: 4 }))],
])("%s", async (_, transform) => {
  const whole = await part(transform, 0, count);
  expect(whole).not.toEqual(pixels);
  for (const [first, end] of [
    [0, 5],
    [5, 11],
    [11, 16],
  ] as const) {
    expect(await part(transform, first, end)).toEqual(whole.subarray(first * one, end * one));
  }
});

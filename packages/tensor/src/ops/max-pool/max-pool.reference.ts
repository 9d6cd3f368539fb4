/** @file Float64 oracle of max-pool. */
import { type NdArray, ndArray } from "../../testing/nd-array.ts";
import { placeWindows } from "../conv2d/conv2d.reference.ts";

/** Options of the pooling. */
export interface MaxPoolReferenceOptions {
  readonly window: number | readonly [number, number];
  /** Default: the window. */
  readonly stride?: number | readonly [number, number];
  readonly padding?: "same" | "valid";
}

/** The greatest value of each window, per channel; what lies outside of the image counts as −∞. */
export function maxPoolReference(x: NdArray, options: MaxPoolReferenceOptions): NdArray {
  const { shape, winners } = choose(x, options);
  return ndArray(shape, (i) => x.data[winners[i]!]!);
}

/** All of dy goes to the first of the greatest values, in row-major order of the window. */
export function maxPoolGradientReference(dy: NdArray, x: NdArray, options: MaxPoolReferenceOptions): NdArray {
  const dx = ndArray(x.shape);
  choose(x, options).winners.forEach((winner, i) => {
    dx.data[winner]! += dy.data[i]!;
  });
  return dx;
}

/** The flat index in x of each output's value. */
function choose(x: NdArray, options: MaxPoolReferenceOptions): { shape: number[]; winners: number[] } {
  const { window, stride = window, padding = "valid" } = options;
  const [windowHeight, windowWidth] = pair(window);
  const [strideY, strideX] = pair(stride);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const rows = placeWindows(height, windowHeight, strideY, padding);
  const columns = placeWindows(width, windowWidth, strideX, padding);
  const winners: number[] = [];
  for (let pixel = 0; pixel < batch * rows.count * columns.count; pixel++) {
    const n = Math.floor(pixel / (rows.count * columns.count));
    const top = (Math.floor(pixel / columns.count) % rows.count) * strideY - rows.before;
    const left = (pixel % columns.count) * strideX - columns.before;
    for (let c = 0; c < channels; c++) {
      let winner = -1;
      for (let y = Math.max(0, top); y < Math.min(height, top + windowHeight); y++) {
        for (let column = Math.max(0, left); column < Math.min(width, left + windowWidth); column++) {
          const index = ((n * height + y) * width + column) * channels + c;
          if (winner < 0 || x.data[index]! > x.data[winner]!) winner = index;
        }
      }
      winners.push(winner);
    }
  }
  return { shape: [batch, rows.count, columns.count, channels], winners };
}

function pair(size: number | readonly [number, number]): readonly [number, number] {
  return typeof size === "number" ? [size, size] : size;
}

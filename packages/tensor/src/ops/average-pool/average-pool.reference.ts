/** @file Float64 oracle of average-pool. */
import { type NdArray, ndArray } from "../../testing/nd-array.ts";
import { placeWindows } from "../conv2d/conv2d.reference.ts";

/** Options of the pooling. */
export interface AveragePoolReferenceOptions {
  readonly window: number | readonly [number, number];
  /** Default: the window. */
  readonly stride?: number | readonly [number, number];
  readonly padding?: "same" | "valid";
}

/** The mean of each window, per channel, over what lies inside of the image. */
export function averagePoolReference(x: NdArray, options: AveragePoolReferenceOptions): NdArray {
  const { shape, windows } = place(x, options);
  return ndArray(shape, (i) => windows[i]!.reduce((sum, index) => sum + x.data[index]!, 0) / windows[i]!.length);
}

/** Every value of a window gets the same share of its dy. */
export function averagePoolGradientReference(dy: NdArray, x: NdArray, options: AveragePoolReferenceOptions): NdArray {
  const dx = ndArray(x.shape);
  place(x, options).windows.forEach((indices, i) => {
    for (const index of indices) dx.data[index]! += dy.data[i]! / indices.length;
  });
  return dx;
}

/** The flat indices in x of each output's window. */
function place(x: NdArray, options: AveragePoolReferenceOptions): { shape: number[]; windows: number[][] } {
  const { window, stride = window, padding = "valid" } = options;
  const [windowHeight, windowWidth] = pair(window);
  const [strideY, strideX] = pair(stride);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const rows = placeWindows(height, windowHeight, strideY, padding);
  const columns = placeWindows(width, windowWidth, strideX, padding);
  const shape = [batch, rows.count, columns.count, channels];
  const windows: number[][] = [];
  for (let pixel = 0; pixel < batch * rows.count * columns.count; pixel++) {
    const n = Math.floor(pixel / (rows.count * columns.count));
    const ys = inside((Math.floor(pixel / columns.count) % rows.count) * strideY - rows.before, windowHeight, height);
    const xs = inside((pixel % columns.count) * strideX - columns.before, windowWidth, width);
    for (let c = 0; c < channels; c++) {
      windows.push(ys.flatMap((y) => xs.map((column) => ((n * height + y) * width + column) * channels + c)));
    }
  }
  return { shape, windows };
}

/** Coordinates from `start` on that an axis of `size` has. */
function inside(start: number, count: number, size: number): number[] {
  return Array.from({ length: count }, (_, i) => start + i).filter((at) => at >= 0 && at < size);
}

function pair(size: number | readonly [number, number]): readonly [number, number] {
  return typeof size === "number" ? [size, size] : size;
}

/** @file Float64 oracle of upsample2d: the pixels that an output looks at and their weights, and the adjoint of that. */
import { type NdArray, ndArray } from "../../testing/nd-array.ts";

/** The result's height and width, and how pixels between those of x are made. */
export interface UpsampleReferenceOptions {
  readonly size: readonly [number, number];
  readonly interpolation: "nearest" | "bilinear";
  readonly alignCorners: boolean;
}

/** `y[n, i, j, c] = Σ weight · x[n, v, u, c]` over one pixel for `nearest`, over four for `bilinear`. */
export function upsample2dReference(x: NdArray, options: UpsampleReferenceOptions): NdArray {
  const y = ndArray([x.shape[0]!, ...options.size, x.shape[3]!]);
  forEachShare(x, options, (output, input, weight) => {
    y.data[output]! += weight * x.data[input]!;
  });
  return y;
}

/** `dx[n, v, u, c] = Σ weight · dy[n, i, j, c]` over the outputs that look at that pixel. */
export function upsample2dGradientReference(dy: NdArray, x: NdArray, options: UpsampleReferenceOptions): NdArray {
  const dx = ndArray(x.shape);
  forEachShare(x, options, (output, input, weight) => {
    dx.data[input]! += weight * dy.data[output]!;
  });
  return dx;
}

/** Calls back with the flat index of an output, that of an input it looks at, and how much of it that takes. */
function forEachShare(
  x: NdArray,
  options: UpsampleReferenceOptions,
  visit: (output: number, input: number, weight: number) => void,
): void {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [outHeight, outWidth] = options.size;
  for (let pixel = 0; pixel < batch * outHeight * outWidth; pixel++) {
    const n = Math.floor(pixel / (outHeight * outWidth));
    const rows = look(Math.floor(pixel / outWidth) % outHeight, height, outHeight, options);
    const columns = look(pixel % outWidth, width, outWidth, options);
    for (const [v, weightY] of rows) {
      for (const [u, weightX] of columns) {
        for (let c = 0; c < channels; c++) {
          visit(pixel * channels + c, ((n * height + v) * width + u) * channels + c, weightY * weightX);
        }
      }
    }
  }
}

/** The pixels of an axis that output i looks at, with their weights. */
function look(
  i: number,
  size: number,
  outSize: number,
  { interpolation, alignCorners }: UpsampleReferenceOptions,
): (readonly [number, number])[] {
  if (interpolation === "nearest") return [[Math.floor((i * size) / outSize), 1]];
  const place = alignCorners
    ? (i * (size - 1)) / Math.max(1, outSize - 1)
    : Math.max(0, ((i + 0.5) * size) / outSize - 0.5);
  const before = Math.floor(place);
  const share = place - before;
  return [
    [before, 1 - share],
    [Math.min(before + 1, size - 1), share],
  ];
}

/** @file Float64 oracle of cropAndResize. */
import { coordinatesOf, type NdArray, ndArray } from "../../testing/nd-array.ts";

/** Bilinear at half-pixel centres within each image's box; `fill` where there is no pixel. */
export function cropAndResizeReference(
  images: NdArray,
  boxes: NdArray,
  fill: NdArray,
  size: readonly [number, number],
): NdArray {
  const [batch, height, width, channels] = images.shape as [number, number, number, number];
  const shape = [batch, ...size, channels];
  return ndArray(shape, (at) => {
    const [b, i, j, c] = coordinatesOf(at, shape) as [number, number, number, number];
    const [top, left, boxHeight, boxWidth, mirrored] = boxes.data.subarray(5 * b) as unknown as number[];
    if (boxHeight! <= 0 || boxWidth! <= 0) return fill.data[c]!;
    const value = (row: number, column: number) => {
      const inside = row >= 0 && row < height && column >= 0 && column < width;
      return inside ? images.data[((b * height + row) * width + column) * channels + c]! : fill.data[c]!;
    };
    const rows = taps(i, size[0], top!, boxHeight!);
    const columns = taps(mirrored ? size[1] - 1 - j : j, size[1], left!, boxWidth!);
    let sum = 0;
    for (const [row, down] of rows) for (const [column, across] of columns) sum += down * across * value(row, column);
    return sum;
  });
}

/** Two places with their weights. */
function taps(i: number, outSize: number, start: number, size: number): [place: number, weight: number][] {
  const position = ((i + 0.5) * size) / outSize - 0.5;
  const base = Math.floor(position);
  const held = (place: number) => start + Math.min(size - 1, Math.max(0, place));
  return [
    [held(base), 1 - (position - base)],
    [held(base + 1), position - base],
  ];
}

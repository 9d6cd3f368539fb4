import type { Taps } from "./resize-taps.ts";
import type { RgbImage } from "./rgb-image.ts";

/** Resizes in plain JavaScript: where there is no SIMD, for images of many pixels, and to check the other by. */
export function resizePlain(image: RgbImage, columns: Taps, rows: Taps): Uint8Array {
  const [height, rowLength] = [rows.first.length, columns.first.length * 3];
  const pixels = new Uint8Array(height * rowLength);
  // The two source rows that are being blended, already resized along x.
  let upper = { row: -1, sums: new Int32Array(rowLength) };
  let lower = { row: -1, sums: new Int32Array(rowLength) };
  const fill = (buffer: typeof upper, row: number) => {
    if (buffer.row !== row) resizeRow(image.pixels, row * image.width * 3, columns, buffer.sums);
    buffer.row = row;
  };
  for (let y = 0; y < height; y++) {
    if (rows.first[y] === lower.row) [upper, lower] = [lower, upper];
    fill(upper, rows.first[y]!);
    fill(lower, rows.second[y]!);
    blendRows(upper.sums, rows.firstWeight[y]!, lower.sums, rows.secondWeight[y]!, pixels, y * rowLength);
  }
  return pixels;
}

/** Sums of 19 bits: pixels times weights along x. */
function resizeRow(pixels: Uint8Array, start: number, taps: Taps, sums: Int32Array): void {
  const { first, second, firstWeight, secondWeight } = taps;
  const count = first.length;
  for (let x = 0, to = 0; x < count; x++, to += 3) {
    const a = start + 3 * first[x]!;
    const b = start + 3 * second[x]!;
    const left = firstWeight[x]!;
    const right = secondWeight[x]!;
    sums[to] = Math.imul(pixels[a]!, left) + Math.imul(pixels[b]!, right);
    sums[to + 1] = Math.imul(pixels[a + 1]!, left) + Math.imul(pixels[b + 1]!, right);
    sums[to + 2] = Math.imul(pixels[a + 2]!, left) + Math.imul(pixels[b + 2]!, right);
  }
}

/** OpenCV cuts the sums to 15 bits first, so that its vector instructions can multiply them; the bits lost are part of the result. */
function blendRows(
  upper: Int32Array,
  upperWeight: number,
  lower: Int32Array,
  lowerWeight: number,
  pixels: Uint8Array,
  start: number,
): void {
  const count = upper.length;
  for (let i = 0; i < count; i++) {
    const above = Math.imul(upperWeight, upper[i]! >> 4) >> 16;
    const below = Math.imul(lowerWeight, lower[i]! >> 4) >> 16;
    pixels[start + i] = (above + below + 2) >> 2;
  }
}

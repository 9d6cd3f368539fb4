import { checkInteger } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import { checkWindow, crop, type Window } from "./crop.ts";
import type { RgbImage } from "./rgb-image.ts";

/** Weights are integers of 11 bits, as OpenCV's INTER_RESIZE_COEF_BITS. */
const ONE = 2048;

/** For each place of a window along an axis: the two neighbours in the source, and their weights, which add up to {@link ONE}. */
interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly firstWeight: Int32Array;
  readonly secondWeight: Int32Array;
}

/**
 * Bilinear resizing with the very bits of `cv2.resize(image, (width, height))` on uint8: output pixel d lies at
 * `s = (d + ½) · source / target − ½`; its two neighbours on each axis are weighted in steps of 1/2048. Nothing is
 * averaged when shrinking (no antialiasing).
 *
 * @param height rows of the result, at least 1.
 * @param width columns of the result, at least 1.
 * @param window the part of the result to compute and return. Default: all of it.
 * @returns a new image.
 * @throws ArgumentError if a size is not a positive integer, the pixels are not H·W·3, or the window lies outside
 * @see OpenCV 4.6, modules/imgproc/src/resize.cpp: resizeGeneric_ with HResizeLinear and VResizeLinear
 */
export function resizeBilinear(
  image: RgbImage,
  height: number,
  width: number,
  window: Window = { top: 0, left: 0, height, width },
): RgbImage {
  checkInteger("resizeBilinear: height", height, 1);
  checkInteger("resizeBilinear: width", width, 1);
  checkWindow("resizeBilinear", { height, width }, window);
  const expected = image.height * image.width * 3;
  if (image.pixels.length !== expected || expected === 0) {
    throw new ArgumentError(
      `resizeBilinear: image: expected ${image.height}×${image.width}×3 values, got ${image.pixels.length}`,
    );
  }
  if (height === image.height && width === image.width) return crop(image, window);
  const columns = columnTaps(image.width, width, window.left, window.width);
  const rows = rowTaps(image.height, height, window.top, window.height);
  return { pixels: resizeWindow(image, columns, rows), height: window.height, width: window.width };
}

function resizeWindow(image: RgbImage, columns: Taps, rows: Taps): Uint8Array {
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

function place(target: number, scale: number): { whole: number; part: number } {
  const position = Math.fround((target + 0.5) * scale - 0.5);
  const whole = Math.floor(position);
  return { whole, part: Math.fround(position - whole) };
}

function emptyTaps(count: number): Taps {
  const make = () => new Int32Array(count);
  return { first: make(), second: make(), firstWeight: make(), secondWeight: make() };
}

/** At the borders the one neighbour that there is counts whole. */
function columnTaps(source: number, target: number, from: number, count: number): Taps {
  const taps = emptyTaps(count);
  const scale = 1 / (target / source);
  for (let x = 0; x < count; x++) {
    const { whole, part } = place(from + x, scale);
    const inside = whole >= 0 && whole < source - 1;
    taps.first[x] = Math.min(Math.max(whole, 0), source - 1);
    taps.second[x] = inside ? whole + 1 : taps.first[x]!;
    taps.firstWeight[x] = inside ? weight(Math.fround(1 - part)) : ONE;
    taps.secondWeight[x] = inside ? weight(part) : 0;
  }
  return taps;
}

/** At the borders the row there is taken twice, with its two weights. */
function rowTaps(source: number, target: number, from: number, count: number): Taps {
  const taps = emptyTaps(count);
  const scale = 1 / (target / source);
  const clamp = (row: number) => Math.min(Math.max(row, 0), source - 1);
  for (let y = 0; y < count; y++) {
    const { whole, part } = place(from + y, scale);
    taps.first[y] = clamp(whole);
    taps.second[y] = clamp(whole + 1);
    taps.firstWeight[y] = weight(Math.fround(1 - part));
    taps.secondWeight[y] = weight(part);
  }
  return taps;
}

/** Rounds halves to even, as cvRound does. */
function weight(share: number): number {
  const scaled = share * ONE;
  const rounded = Math.round(scaled);
  return scaled - Math.floor(scaled) === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}

import { type DecodedPng, decode } from "fast-png";
import { ImageError } from "./errors.ts";
import { exifOrientation, type Orientation } from "./exif.ts";
import type { RgbImage } from "./rgb-image.ts";
import { sniffFormat } from "./sniff.ts";

/** What a PNG says of itself before its pixels. */
export interface PngHeader {
  readonly height: number;
  readonly width: number;
  readonly orientation: Orientation;
}

/**
 * The header chunk (ISO/IEC 15948, 11.2.2), and the orientation of the eXIf chunk if there is one.
 *
 * @returns the header, or what is wrong in words.
 */
export function readPngHeader(bytes: Uint8Array): PngHeader | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33) return "it ends before its size is told";
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (height === 0 || width === 0) return `it claims to have ${height} rows of ${width} pixels`;
  const isPacked = view.getUint8(24) < 8;
  const isInterlaced = view.getUint8(28) !== 0;
  // fast-png 8.0.0 unpacks these as if every sample had a byte of its own.
  if (isPacked && isInterlaced) return "interlaced PNGs with less than 8 bits a sample are not supported";
  return { height, width, orientation: orientationOf(bytes, view) };
}

function orientationOf(bytes: Uint8Array, view: DataView): Orientation {
  for (let offset = 8; offset + 12 <= bytes.length; ) {
    const length = view.getUint32(offset);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (type === "eXIf") return exifOrientation(bytes.subarray(offset + 8, offset + 8 + length));
    offset += 12 + length;
  }
  return 1;
}

/**
 * Decodes by fast-png, checking CRCs. Alpha is dropped, not blended; of 16 bits the upper 8 stay; fewer than 8 bits of
 * grey are spread over 0 … 255. All of it as `cv2.imread` does.
 *
 * @throws whatever the library throws on damaged input
 */
export function decodePng(bytes: Uint8Array): RgbImage {
  const png = decode(bytes, { checkCrc: true });
  const { height, width, channels, palette } = png;
  const samples = bytesOf(png);
  const pixels = new Uint8Array(height * width * 3);
  if (palette) fromPalette(samples, palette, pixels);
  else fromChannels(samples, channels, pixels);
  return { pixels, height, width };
}

/** A PNG of one number a pixel. */
export interface PngIndices {
  readonly indices: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/**
 * The numbers in a PNG of a palette (its indices, whatever their colours) or of 8 bits of grey, as masks are.
 *
 * @throws ImageError naming the source where it is no such PNG, or is damaged
 */
export function decodePngIndices(bytes: Uint8Array, source: string): PngIndices {
  const sniffed = sniffFormat(bytes);
  if (!("format" in sniffed) || sniffed.format !== "png") {
    throw new ImageError(
      `${source}: expected a PNG image, found ${"found" in sniffed ? sniffed.found : sniffed.format}`,
    );
  }
  const header = readPngHeader(bytes);
  if (typeof header === "string") throw new ImageError(`${source}: cannot decode this PNG, ${header}`);
  let png: DecodedPng;
  try {
    png = decode(bytes, { checkCrc: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ImageError(`${source}: cannot decode this PNG, it may be damaged or cut short: ${reason}`, { cause });
  }
  const { height, width, channels, palette, depth } = png;
  if (!palette && (channels !== 1 || depth !== 8)) {
    throw new ImageError(
      `${source}: expected a palette or 8 bits of grey, found ${channels} channels of ${depth} bits`,
    );
  }
  return { indices: bytesOf(png), height, width };
}

/** One byte a sample: indices of a palette as they are, all else as 0 … 255. */
function bytesOf({ data, depth, height, width, channels, palette }: DecodedPng): Uint8Array {
  if (depth === 8) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (depth === 16) return Uint8Array.from(data, (value) => value >> 8);
  const perRow = width * channels;
  const stride = Math.ceil((perRow * depth) / 8);
  const most = 2 ** depth - 1;
  const scale = palette ? 1 : 255 / most;
  const samples = new Uint8Array(height * perRow);
  for (let row = 0; row < height; row++) {
    for (let i = 0; i < perRow; i++) {
      const bit = i * depth;
      const value = (data[row * stride + (bit >> 3)]! >> (8 - depth - (bit & 7))) & most;
      samples[row * perRow + i] = value * scale;
    }
  }
  return samples;
}

function fromPalette(indices: Uint8Array, palette: readonly (readonly number[])[], pixels: Uint8Array): void {
  let to = 0;
  for (const index of indices) {
    const colour = palette[index];
    if (!colour) throw new Error(`colour ${index} of a palette of ${palette.length}`);
    pixels[to++] = colour[0]!;
    pixels[to++] = colour[1]!;
    pixels[to++] = colour[2]!;
  }
}

/** Grey, grey and alpha, RGB, or RGB and alpha. */
function fromChannels(samples: Uint8Array, channels: number, pixels: Uint8Array): void {
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  let to = 0;
  for (let from = 0; to < pixels.length; from += channels) {
    pixels[to++] = samples[from]!;
    pixels[to++] = samples[from + green]!;
    pixels[to++] = samples[from + blue]!;
  }
}

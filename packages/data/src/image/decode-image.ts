import { ArgumentError, quote } from "../errors.ts";
import { type CodecChoice, codecChoices, jpegCodec } from "./codec.ts";
import { ImageError } from "./errors.ts";
import type { Orientation } from "./exif.ts";
import { gunzip, isGzip } from "./gunzip.ts";
import { readJpegHeader } from "./jpeg-header.ts";
import { PIXEL_LIMIT } from "./limits.ts";
import { orient } from "./orient.ts";
import { decodePng, readPngHeader } from "./png.ts";
import type { RgbImage } from "./rgb-image.ts";
import { sniffFormat } from "./sniff.ts";

/** Options of {@link decodeImage}. */
export interface DecodeOptions {
  /** What errors name: the file's path. Default: `image`. */
  readonly source?: string;
  /** What decodes JPEG. Default: `auto`. */
  readonly codec?: CodecChoice;
  /** Whether to turn the image upright by its Exif orientation, as `cv2.imread` does. Default: true. */
  readonly exifRotate?: boolean;
  /**
   * What to do with a JPEG that ends too soon: `error`, or `decode` what there is and leave the rest grey, as
   * `cv2.imread` does. jpeg-js knows `error` alone. Default: `error`.
   */
  readonly truncated?: "error" | "decode";
  /** Called with a line that names the source when a truncated file was decoded. */
  readonly onWarning?: (line: string) => void;
  /** Most pixels that the header may claim, at most 2²⁸, which is the default. */
  readonly maxPixels?: number;
}

/**
 * Decodes a PNG or a JPEG, told by its first bytes, into RGB as `cv2.imread` does: upright by its Exif orientation,
 * grey in three equal channels, alpha dropped, 16 bits cut to 8, CMYK converted, colour profiles left aside. What is
 * wrapped in gzip is unwrapped first.
 *
 * With sharp, JPEGs come out with OpenCV's very bits.
 *
 * @throws ImageError in one line that names the source, for other formats and for truncated and damaged files
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<RgbImage> {
  const { source = "image", codec = "auto", exifRotate = true } = options;
  if (!codecChoices.includes(codec)) {
    const expected = codecChoices.join(", ").replace(/, (?=\w+$)/, " or ");
    throw new ArgumentError(`decodeImage: codec: expected ${expected}, got ${quote(String(codec))}`);
  }
  const file = isGzip(bytes) ? await unwrapped(bytes, source) : bytes;
  const sniffed = sniffFormat(file);
  if ("found" in sniffed) {
    throw new ImageError(`${source}: expected a PNG or JPEG image, found ${sniffed.found}`);
  }
  const decoded = await (sniffed.format === "png" ? decodePngFile(file, options) : decodeJpegFile(file, options));
  return exifRotate ? orient(decoded.image, decoded.orientation) : decoded.image;
}

async function unwrapped(bytes: Uint8Array, source: string): Promise<Uint8Array> {
  let inner: Uint8Array;
  try {
    inner = await gunzip(bytes);
  } catch (cause) {
    throw new ImageError(`${source}: cannot unpack this gzip file: ${oneLine(cause)}`, { cause });
  }
  const sniffed = sniffFormat(inner);
  if ("format" in sniffed) return inner;
  throw new ImageError(`${source}: expected a PNG or JPEG image, found a gzip archive of ${sniffed.found}`);
}

interface Decoded {
  readonly image: RgbImage;
  readonly orientation: Orientation;
}

async function decodePngFile(bytes: Uint8Array, options: DecodeOptions): Promise<Decoded> {
  const header = checkHeader("PNG", readPngHeader(bytes), options);
  return { image: await checked("PNG", header, options, () => decodePng(bytes)), orientation: header.orientation };
}

async function decodeJpegFile(bytes: Uint8Array, options: DecodeOptions): Promise<Decoded> {
  const { codec = "auto", source = "image", truncated = "error", onWarning } = options;
  const header = checkHeader("JPEG", readJpegHeader(bytes), options);
  const jpeg = await jpegCodec(codec);
  if (typeof jpeg === "string") throw new ArgumentError(`decodeImage: codec ${codec}: ${jpeg}`);
  const warn = (problem: string) =>
    onWarning?.(`${source}: this JPEG ends too soon, what is missing is grey: ${problem}`);
  const decode = () => jpeg.decodeJpeg(bytes, header, truncated === "decode" ? warn : undefined);
  return { image: await checked("JPEG", header, options, decode), orientation: header.orientation };
}

interface Header {
  readonly height: number;
  readonly width: number;
}

/** A header can claim anything, and what decodes believes it when it takes memory. */
function checkHeader<H extends Header>(format: string, header: H | string, options: DecodeOptions): H {
  const { source = "image", maxPixels = PIXEL_LIMIT } = options;
  if (typeof header === "string") throw new ImageError(`${source}: cannot decode this ${format}: ${header}`);
  const { height, width } = header;
  const limit = Math.min(maxPixels, PIXEL_LIMIT);
  if (height * width > limit) {
    throw new ImageError(
      `${source}: this ${format} claims to have ${height}×${width} pixels, more than the limit of ${limit}`,
    );
  }
  return header;
}

async function checked(
  format: string,
  { height, width }: Header,
  { source = "image" }: DecodeOptions,
  decode: () => RgbImage | Promise<RgbImage>,
): Promise<RgbImage> {
  let image: RgbImage;
  try {
    image = await decode();
  } catch (cause) {
    const problem = `it may be damaged or cut short: ${oneLine(cause)}`;
    throw new ImageError(`${source}: cannot decode this ${format}, ${problem}`, { cause });
  }
  if (image.height !== height || image.width !== width || image.pixels.length !== height * width * 3) {
    const got = `${image.height}×${image.width} with ${image.pixels.length} values`;
    throw new ImageError(`${source}: this ${format} says it is ${height}×${width}, but decoded to ${got}`);
  }
  return image;
}

function oneLine(error: unknown): string {
  return error instanceof Error ? error.message.trim().replace(/\s+/g, " ") : String(error);
}

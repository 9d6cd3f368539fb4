import { ArgumentError, quote } from "../errors.ts";
import { type CodecChoice, jpegCodec } from "./codec.ts";
import { ImageError } from "./errors.ts";
import type { Orientation } from "./exif.ts";
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
}

/**
 * Decodes a PNG or a JPEG, told by its first bytes, into RGB as `cv2.imread` does: upright by its Exif orientation,
 * grey in three equal channels, alpha dropped, 16 bits cut to 8, CMYK converted, colour profiles left aside.
 *
 * With sharp, JPEGs come out with OpenCV's very bits.
 *
 * @throws ImageError in one line that names the source, for other formats and for truncated and damaged files
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<RgbImage> {
  const { source = "image", codec = "auto" } = options;
  if (!["auto", "sharp", "js"].includes(codec)) {
    throw new ArgumentError(`decodeImage: codec: expected auto, sharp or js, got ${quote(String(codec))}`);
  }
  const sniffed = sniffFormat(bytes);
  if ("found" in sniffed) {
    throw new ImageError(`${source}: expected a PNG or JPEG image, found ${sniffed.found}`);
  }
  if (sniffed.format === "png") {
    const header = checkHeader(source, "PNG", readPngHeader(bytes));
    return decodeWith(source, "PNG", header, () => decodePng(bytes));
  }
  const header = checkHeader(source, "JPEG", readJpegHeader(bytes));
  const jpeg = await jpegCodec(codec);
  if (typeof jpeg === "string") throw new ArgumentError(`decodeImage: codec ${codec}: ${jpeg}`);
  return decodeWith(source, "JPEG", header, () => jpeg.decodeJpeg(bytes, header));
}

interface Header {
  readonly height: number;
  readonly width: number;
  readonly orientation: Orientation;
}

function checkHeader<H extends Header>(source: string, format: string, header: H | string): H {
  if (typeof header === "string") throw new ImageError(`${source}: cannot decode this ${format}: ${header}`);
  const { height, width } = header;
  if (height * width > PIXEL_LIMIT) {
    throw new ImageError(
      `${source}: this ${format} claims to have ${height}×${width} pixels, more than the limit of ${PIXEL_LIMIT}`,
    );
  }
  return header;
}

async function decodeWith(
  source: string,
  format: string,
  { height, width, orientation }: Header,
  decode: () => RgbImage | Promise<RgbImage>,
): Promise<RgbImage> {
  let image: RgbImage;
  try {
    image = await decode();
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message.trim().replace(/\s+/g, " ") : String(cause);
    throw new ImageError(`${source}: cannot decode this ${format}, it may be damaged or cut short: ${problem}`, {
      cause,
    });
  }
  if (image.height !== height || image.width !== width || image.pixels.length !== height * width * 3) {
    const got = `${image.height}×${image.width} with ${image.pixels.length} values`;
    throw new ImageError(`${source}: this ${format} says it is ${height}×${width}, but decoded to ${got}`);
  }
  return orient(image, orientation);
}

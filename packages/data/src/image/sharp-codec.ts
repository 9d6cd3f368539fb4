import type * as Sharp from "sharp";
import type { ImageCodec } from "./codec.ts";
import { PIXEL_LIMIT } from "./limits.ts";
import type { RgbImage } from "./rgb-image.ts";

type SharpFunction = typeof Sharp.default;

/** sharp (libvips over libjpeg-turbo), or why it is not there. It is installed only by who wants it. */
export async function loadSharp(): Promise<(ImageCodec & { readonly version: string }) | string> {
  if (typeof process === "undefined") return "it needs Node";
  try {
    // A variable, so that bundlers for browsers leave the native package alone.
    const native = "sharp";
    const { default: sharp } = (await import(native)) as { default: SharpFunction };
    return {
      library: "sharp",
      version: sharp.versions.sharp,
      decodeJpeg: (bytes, { components }) => (components === 4 ? decodeCmyk(sharp, bytes) : decodeRgb(sharp, bytes)),
    };
  } catch (error) {
    const isMissing = (error as { code?: string }).code === "ERR_MODULE_NOT_FOUND";
    if (isMissing) return "it is not installed";
    return `it does not load here: ${(error instanceof Error ? error.message : String(error)).trim().split("\n")[0]}`;
  }
}

/** A truncated file is an error. The colour profile is left aside, as OpenCV leaves it. */
const options = { failOn: "truncated", ignoreIcc: true, limitInputPixels: PIXEL_LIMIT } as const;

async function decodeRgb(sharp: SharpFunction, bytes: Uint8Array): Promise<RgbImage> {
  const { data, info } = await sharp(bytes, options).toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  return { pixels: withChannels(data, info.channels, 3), height: info.height, width: info.width };
}

/** OpenCV's conversion, on the inverted values that Adobe stores: `R = K − (((255 − C) · K) >> 8)`. */
async function decodeCmyk(sharp: SharpFunction, bytes: Uint8Array): Promise<RgbImage> {
  const { data, info } = await sharp(bytes, options)
    .pipelineColourspace("cmyk")
    .toColourspace("cmyk")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const inks = withChannels(data, info.channels, 4);
  const pixels = new Uint8Array((inks.length / 4) * 3);
  for (let from = 0, to = 0; from < inks.length; from += 4) {
    const black = 255 - inks[from + 3]!;
    for (let ink = 0; ink < 3; ink++) pixels[to++] = black - ((inks[from + ink]! * black) >> 8);
  }
  return { pixels, height: info.height, width: info.width };
}

function withChannels(data: Uint8Array, channels: number, expected: number): Uint8Array {
  if (channels !== expected) throw new Error(`sharp gave ${channels} channels, expected ${expected}`);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

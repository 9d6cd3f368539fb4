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
      decodeJpeg: async (bytes, { components }, onTruncated) => {
        const decode = components === 4 ? decodeCmyk : decodeRgb;
        try {
          return await decode(sharp, bytes, "truncated");
        } catch (error) {
          if (!onTruncated) throw error;
          const image = await decode(sharp, bytes, "none");
          onTruncated(error instanceof Error ? error.message : String(error));
          return image;
        }
      },
      encodeJpeg: (image, quality) => encode(sharp, image, quality),
    };
  } catch (error) {
    const isMissing = (error as { code?: string }).code === "ERR_MODULE_NOT_FOUND";
    if (isMissing) return "it is not installed";
    return `it does not load here: ${(error instanceof Error ? error.message : String(error)).trim().split("\n")[0]}`;
  }
}

/**
 * One thread a call and nothing kept between calls, for whole processes that work side by side: then the threads of
 * each would only be in the others' way.
 */
export async function useOneThread(): Promise<void> {
  try {
    const native = "sharp";
    const { default: sharp } = (await import(native)) as { default: SharpFunction };
    sharp.concurrency(1);
    sharp.cache(false);
  } catch {
    // Not installed: there is nothing to set.
  }
}

type FailOn = "truncated" | "none";

/** The colour profile is left aside, as OpenCV leaves it. */
const options = (failOn: FailOn) => ({ failOn, ignoreIcc: true, limitInputPixels: PIXEL_LIMIT }) as const;

async function decodeRgb(sharp: SharpFunction, bytes: Uint8Array, failOn: FailOn): Promise<RgbImage> {
  const { data, info } = await sharp(bytes, options(failOn))
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: withChannels(data, info.channels, 3), height: info.height, width: info.width };
}

/** OpenCV's conversion, on the inverted values that Adobe stores: `R = K − (((255 − C) · K) >> 8)`. */
async function decodeCmyk(sharp: SharpFunction, bytes: Uint8Array, failOn: FailOn): Promise<RgbImage> {
  const { data, info } = await sharp(bytes, options(failOn))
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

/** APP0 as libjpeg writes it by itself: JFIF 1.1, no density, no thumbnail. sharp leaves it out. */
const JFIF = Uint8Array.of(0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0);

/** The bytes of `cv2.imencode(".jpg", image, [IMWRITE_JPEG_QUALITY, quality])`: 4:2:0, baseline, standard Huffman tables. */
async function encode(sharp: SharpFunction, { pixels, height, width }: RgbImage, quality: number): Promise<Uint8Array> {
  const scan = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: "4:2:0", optimiseCoding: false })
    .toBuffer();
  const file = new Uint8Array(scan.length + JFIF.length);
  file.set(scan.subarray(0, 2));
  file.set(JFIF, 2);
  file.set(scan.subarray(2), 2 + JFIF.length);
  return file;
}

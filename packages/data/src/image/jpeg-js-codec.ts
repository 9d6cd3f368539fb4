import type { ImageCodec } from "./codec.ts";
import { PIXEL_LIMIT } from "./limits.ts";

/** jpeg-js, in plain JavaScript, which is always there. It decodes no truncated file, asked or not. */
export async function loadJpegJs(): Promise<ImageCodec> {
  const { default: jpeg } = await import("jpeg-js");
  const options = {
    useTArray: true,
    formatAsRGBA: false,
    maxResolutionInMP: PIXEL_LIMIT / 1e6,
    // Its own bookkeeping, several times the pixels; the limit on pixels holds it.
    maxMemoryUsageInMB: Number.POSITIVE_INFINITY,
  } as const;
  return {
    library: "jpeg-js",
    decodeJpeg: async (bytes) => {
      const { data, height, width } = jpeg.decode(bytes, options);
      return { pixels: data, height, width };
    },
    encodeJpeg: async ({ pixels, height, width }, quality) => {
      const rgba = new Uint8Array(height * width * 4).fill(255);
      for (let from = 0, to = 0; from < pixels.length; from += 3, to += 4)
        rgba.set(pixels.subarray(from, from + 3), to);
      return new Uint8Array(jpeg.encode({ data: rgba, width, height }, quality).data);
    },
  };
}

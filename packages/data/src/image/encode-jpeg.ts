import { checkInteger } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import { type CodecChoice, jpegCodec } from "./codec.ts";
import type { RgbImage } from "./rgb-image.ts";

/**
 * Encodes RGB as a baseline JPEG: with sharp the bytes of `cv2.imencode(".jpg", …)`, which are 4:2:0 with JFIF's header
 * and the standard's Huffman tables; with jpeg-js 4:4:4, which is larger.
 *
 * @param quality 1 … 100 on the Independent JPEG Group's scale. Default: 95, as OpenCV.
 * @throws ArgumentError if the quality is no such number, the pixels are not H·W·3, or the codec is not there
 */
export async function encodeJpeg(
  image: RgbImage,
  quality = 95,
  { codec = "auto" }: { readonly codec?: CodecChoice } = {},
): Promise<Uint8Array> {
  checkInteger("encodeJpeg: quality", quality, 1, 100);
  const { height, width, pixels } = image;
  checkInteger("encodeJpeg: height", height, 1, 65535);
  checkInteger("encodeJpeg: width", width, 1, 65535);
  if (pixels.length !== height * width * 3) {
    throw new ArgumentError(`encodeJpeg: image: expected ${height}×${width}×3 values, got ${pixels.length}`);
  }
  const encoder = await jpegCodec(codec);
  if (typeof encoder === "string") throw new ArgumentError(`encodeJpeg: codec ${codec}: ${encoder}`);
  return encoder.encodeJpeg(image, quality);
}

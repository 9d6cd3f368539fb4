import { bytesFeature, encodeExample, encodeRecord, int64Feature } from "@tessera/tfrecord";
import type { CodecChoice } from "../image/codec.ts";
import { encodeJpeg } from "../image/encode-jpeg.ts";
import { type Geometry, processImage } from "../image/process-image.ts";
import type { RgbImage } from "../image/rgb-image.ts";

/** What decoding depends on. */
export interface DecodeSettings {
  readonly codec: CodecChoice;
  readonly exifRotate: boolean;
  readonly truncated: "error" | "decode";
  readonly maxPixels: number;
}

/** How a record keeps its pixels: a JPEG file, H·W·3 bytes, or as many little-endian float32 with the mean taken off. */
export type Storage = "jpeg" | "raw" | "float32";

/** Means of red, green and blue. */
export type MeanRgb = readonly [red: number, green: number, blue: number];

/** What the bytes of a record depend on. */
export interface RecordSettings {
  readonly decode: DecodeSettings;
  readonly size: number;
  readonly geometry: Geometry;
  readonly storage: Storage;
  /** Of JPEG, 1 … 100. */
  readonly quality: number;
  /** What float32 storage subtracts. */
  readonly mean: MeanRgb;
}

/**
 * A decoded image as a framed record: a `tf.train.Example` with `label`, one int64 or one-hot, and `image_raw`, one
 * byte string.
 */
export async function recordOf(
  image: RgbImage,
  label: readonly number[],
  settings: RecordSettings,
): Promise<Uint8Array<ArrayBuffer>> {
  const square = processImage(image, settings.size, settings.geometry);
  const features = { label: int64Feature(label), image_raw: bytesFeature(await stored(square, settings)) };
  return encodeRecord(encodeExample(features));
}

async function stored(image: RgbImage, { storage, quality, mean, decode }: RecordSettings): Promise<Uint8Array> {
  if (storage === "jpeg") return encodeJpeg(image, quality, { codec: decode.codec });
  return storage === "raw" ? image.pixels : meanNormalized(image.pixels, mean);
}

/** Little-endian float32 of value − mean, rounded once. `tf.io.decode_raw(bytes, tf.float32)` reads it. */
function meanNormalized(pixels: Uint8Array, mean: MeanRgb): Uint8Array {
  const bytes = new Uint8Array(pixels.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < pixels.length; i++) view.setFloat32(4 * i, pixels[i]! - mean[i % 3]!, true);
  return bytes;
}

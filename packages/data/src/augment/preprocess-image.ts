import { ArgumentError } from "../errors.ts";
import { toFloat } from "./to-float.ts";

/** An image as a source has it: H·W·C bytes, or H·W of a grey one. */
export interface RawImage {
  readonly image: Uint8Array;
  /** [H, W, C], or [H, W] of a grey one. */
  readonly shape: readonly number[];
  readonly label: number;
}

/** An image of three channels and its label. */
export interface ColorImage {
  readonly image: Uint8Array;
  readonly shape: readonly [height: number, width: number, channels: 3];
  readonly label: number;
}

/**
 * Images and labels one by one, as they are asked for; a grey image, of two axes, is stacked to three channels. For
 * `Dataset.fromGenerator(() => colorImages(records))`.
 *
 * @throws ArgumentError naming the record whose shape is none of an image's.
 */
export async function* colorImages(
  records: Iterable<RawImage> | AsyncIterable<RawImage>,
): AsyncGenerator<ColorImage, void, undefined> {
  let record = 0;
  for await (const { image, shape, label } of records) {
    const [height = 0, width = 0, channels = 1] = shape;
    const good =
      (shape.length === 2 || (shape.length === 3 && channels === 3)) && image.length === height * width * channels;
    if (!good) {
      const found = `${image.length} bytes of [${shape.join(", ")}]`;
      throw new ArgumentError(`colorImages: record ${record}: expected [H, W, 3] or [H, W], got ${found}`);
    }
    const pixels =
      channels === 3 ? image : Uint8Array.from({ length: 3 * image.length }, (_, i) => image[Math.floor(i / 3)]!);
    yield { image: pixels, shape: [height, width, 3], label };
    record++;
  }
}

/**
 * Bytes to float32 in 0 … 1, then resized to `size` × `size`: `tf.image.convert_image_dtype` and `tf.image.resize`
 * (bilinear, half-pixel centres, no antialiasing). Of that size already, it is not changed.
 */
export function preprocessImage(
  { image, shape: [height, width, channels], label }: ColorImage,
  size = 32,
): { image: Float32Array; shape: readonly [number, number, 3]; label: number } {
  const scaled = toFloat(image, channels);
  const resized = height === size && width === size ? scaled : resizeFloat(scaled, height, width, channels, size);
  return { image: resized, shape: [size, size, 3], label };
}

function resizeFloat(image: Float32Array, height: number, width: number, channels: number, size: number): Float32Array {
  const out = new Float32Array(size * size * channels);
  const rows = weights(height, size);
  const columns = weights(width, size);
  for (const [y, row] of rows.entries()) {
    for (const [x, column] of columns.entries()) {
      for (let channel = 0; channel < channels; channel++) {
        const at = (r: number, c: number) => image[(r * width + c) * channels + channel]!;
        const top = at(row.low, column.low) + (at(row.low, column.high) - at(row.low, column.low)) * column.share;
        const bottom = at(row.high, column.low) + (at(row.high, column.high) - at(row.high, column.low)) * column.share;
        out[(y * size + x) * channels + channel] = top + (bottom - top) * row.share;
      }
    }
  }
  return out;
}

/** Which two of `from` places each of `to` lies between, and how far it is from the lower. */
function weights(from: number, to: number): { low: number; high: number; share: number }[] {
  return Array.from({ length: to }, (_, i) => {
    const place = (i + 0.5) * (from / to) - 0.5;
    const below = Math.floor(place);
    return { low: Math.max(below, 0), high: Math.min(below + 1, from - 1), share: place - below };
  });
}

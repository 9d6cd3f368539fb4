/** @file Pixels that a record holds as they are. */
import type { Image } from "../augment/crop.ts";
import { CorruptRecordError } from "../errors.ts";
import type { Pixels } from "../image-set.ts";
import type { ImageSource } from "../workers/image-worker.ts";

/**
 * The square image in a record's bytes: H·W·3 of them, or as many little-endian float32.
 *
 * @param least side that it needs
 * @throws CorruptRecordError naming the record
 */
export function storedImage(source: ImageSource, storage: "raw" | "float32", least: number): Image<Pixels> {
  if (typeof source === "string") throw new CorruptRecordError(`${source}: expected a record`);
  const { name, bytes } = source;
  const size = storage === "raw" ? 1 : 4;
  const side = Math.sqrt(bytes.length / (3 * size));
  if (!Number.isInteger(side) || side < least) {
    const expected = `${storage} pixels of a square of at least ${least}×${least}×3`;
    throw new CorruptRecordError(`${name}: expected ${expected}, got ${bytes.length} bytes`);
  }
  return { pixels: storage === "raw" ? bytes : floats(bytes), shape: [side, side, 3] };
}

function floats(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

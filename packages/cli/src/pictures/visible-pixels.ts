/** @file Normalised images made visible. */
import type { ImageSet, Pixels } from "@tessera/data";

/** Normalised pixels as bytes: each image from its least value to its greatest. */
export function visible(set: ImageSet<Pixels>): ImageSet {
  const { images, shape } = set;
  if (images instanceof Uint8Array) return { ...set, images };
  const size = shape[1] * shape[2] * shape[3];
  const bytes = new Uint8ClampedArray(images.length);
  for (let start = 0; start < images.length; start += size) {
    const image = images.subarray(start, start + size);
    const [least, most] = [image.reduce((a, b) => Math.min(a, b)), image.reduce((a, b) => Math.max(a, b))];
    for (let i = 0; i < size; i++) bytes[start + i] = most > least ? (255 * (image[i]! - least)) / (most - least) : 0;
  }
  return { ...set, images: new Uint8Array(bytes.buffer) };
}

import type { ImageSet, Pixels } from "../image-set.ts";
import { mix } from "../pipeline/permutation.ts";

/** An image, by its set and row. */
export interface ImagePlace {
  readonly set: "train" | "test";
  readonly row: number;
}

/** Images whose pixels are the same to the last bit. */
export interface Duplicates {
  /** Training images that have an equal one before them. */
  readonly train: number;
  /** Test images that have an equal test image before them. */
  readonly test: number;
  /** Test images that are in the training set, too. */
  readonly shared: number;
  /** Each group of equal images, training images first. */
  readonly groups: readonly (readonly ImagePlace[])[];
}

/** Finds exact duplicates within and between two sets of images of one size. */
export function findDuplicates(train: ImageSet<Pixels>, test: ImageSet<Pixels>): Duplicates {
  const byHash = new Map<number, { bytes: Uint8Array; places: ImagePlace[] }[]>();
  for (const [set, images] of Object.entries({ train, test }) as ["train" | "test", ImageSet<Pixels>][]) {
    for (const [row, bytes] of rowBytes(images).entries()) {
      const hash = hashOf(bytes);
      const bucket = byHash.get(hash) ?? [];
      if (bucket.length === 0) byHash.set(hash, bucket);
      const known = bucket.find((each) => sameBytes(each.bytes, bytes));
      if (known) known.places.push({ set, row });
      else bucket.push({ bytes, places: [{ set, row }] });
    }
  }
  const groups = [...byHash.values()].flat().flatMap(({ places }) => (places.length > 1 ? [places] : []));
  const repeats = (set: string) =>
    groups.reduce((sum, places) => sum + Math.max(0, places.filter((place) => place.set === set).length - 1), 0);
  const shared = groups.reduce(
    (sum, places) => sum + (places[0]!.set === "train" ? places.filter(({ set }) => set === "test").length : 0),
    0,
  );
  return { train: repeats("train"), test: repeats("test"), shared, groups };
}

function rowBytes({ images, shape }: ImageSet<Pixels>): Uint8Array[] {
  const bytes = new Uint8Array(images.buffer, images.byteOffset, images.byteLength);
  const size = shape[0] === 0 ? 0 : bytes.length / shape[0];
  return Array.from({ length: shape[0] }, (_, row) => bytes.subarray(row * size, (row + 1) * size));
}

/** 32 bits; images of one hash are compared. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x9e3779b9 ^ bytes.length;
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    hash = (Math.imul(hash ^ word, 0x85ebca6b) ^ (hash >>> 15)) | 0;
  }
  for (; i < bytes.length; i++) hash = mix(hash ^ bytes[i]!);
  return mix(hash);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

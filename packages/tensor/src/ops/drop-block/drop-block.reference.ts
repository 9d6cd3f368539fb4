/** @file Float64 oracle of DropBlock (Ghiasi, Lin and Le, 2018). */
import { type RandomKey, randomBits } from "../../random.ts";
import { mapArray, type NdArray } from "../../testing/nd-array.ts";

/** Options of DropBlock. */
export interface DropBlockReferenceOptions {
  readonly keepProbability: number;
  readonly blockSize: number;
  readonly key: RandomKey;
}

/** 0 in every b×b block whose top left element has bits below ⌊γ · 2^32⌋ and that lies within the image, else 1. */
export function dropBlockMaskReference(
  shape: readonly number[],
  { keepProbability, blockSize, key }: DropBlockReferenceOptions,
): Uint8Array {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const mask = new Uint8Array(batch * height * width * channels).fill(1);
  const bits = randomBits(key, mask.length);
  const places = (width - blockSize + 1) * (height - blockSize + 1);
  const gamma = ((1 - keepProbability) * width * height) / (blockSize * blockSize * places);
  const at = (n: number, y: number, x: number, c: number) => ((n * height + y) * width + x) * channels + c;
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y + blockSize <= height; y++) {
        for (let x = 0; x + blockSize <= width; x++) {
          if (bits[at(n, y, x, c)]! >= Math.floor(gamma * 2 ** 32)) continue;
          for (let i = 0; i < blockSize * blockSize; i++) {
            mask[at(n, y + Math.floor(i / blockSize), x + (i % blockSize), c)] = 0;
          }
        }
      }
    }
  }
  return mask;
}

/** `y = x · mask · size / Σ mask`. Linear in x, so the gradient is the same map of dy. */
export function dropBlockReference(x: NdArray, options: DropBlockReferenceOptions): NdArray {
  const mask = dropBlockMaskReference(x.shape, options);
  const kept = mask.reduce((sum, value) => sum + value, 0);
  return mapArray(x, (value, i) => (mask[i] === 1 ? (value * mask.length) / kept : 0));
}

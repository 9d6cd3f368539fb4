/** @file How the elements of several tensors are cut for partial sums. */
import { sizeOf, type TensorSpec } from "../../shape.ts";

/** Neighbours whose squares go into one partial sum. */
export const chunkLength = 4096;

/** For each tensor its size and the number of its first partial sum; and how many there are of those. */
export function cutIntoChunks(inputs: readonly TensorSpec[]): {
  readonly parts: readonly { readonly size: number; readonly first: number; readonly chunks: number }[];
  readonly chunks: number;
} {
  let first = 0;
  const parts = inputs.map(({ shape }) => {
    const size = sizeOf(shape);
    const part = { size, first, chunks: Math.ceil(size / chunkLength) };
    first += part.chunks;
    return part;
  });
  return { parts, chunks: first };
}

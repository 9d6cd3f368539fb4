/** @file A rank's part of a batch. */
import { type Shape, sizeOf } from "@tessera/tensor";
import type { Batch } from "../batch.ts";

/** Which part of a batch this is. */
export interface BatchPart {
  /** Number of its first example in the whole batch. */
  readonly first: number;
  /** Examples of the whole batch. */
  readonly total: number;
  /** Whether it holds an example of another rank, so that this one has something to compute, which counts for nothing. */
  readonly idle: boolean;
}

/** A batch that is a part of one. */
export interface RankBatch extends Batch {
  readonly part: BatchPart;
}

/** Examples `first` … `end` − 1 of `total` are a rank's: parts differ by one at most, and follow one another. */
export function partBounds(total: number, { rank, size }: RankPlace): readonly [first: number, end: number] {
  return [Math.floor((total * rank) / size), Math.floor((total * (rank + 1)) / size)];
}

interface RankPlace {
  readonly rank: number;
  readonly size: number;
}

/** A rank's part of a batch, without copying; what is a part already is left as it is. */
export function partOfBatch(batch: Batch, place: RankPlace): RankBatch {
  if (batch.part) return batch as RankBatch;
  const { images, labels, shape, labelShape, ...rest } = batch;
  const total = shape[0]!;
  const [first, end] = partBounds(total, place);
  const idle = first === end;
  const from = idle ? Math.min(first, total - 1) : first;
  const to = idle ? from + 1 : end;
  const cut = <Values extends Batch["images"] | Batch["labels"]>(values: Values, one: number) =>
    values.subarray(from * one, to * one) as Values;
  const ofPart = ([, ...one]: Shape) => [to - from, ...one];
  return {
    ...rest,
    images: cut(images, sizeOf(shape.slice(1))),
    labels: cut(labels, labels.length / total),
    shape: ofPart(shape),
    ...(labelShape && { labelShape: ofPart(labelShape) }),
    part: { first: from, total, idle },
  };
}

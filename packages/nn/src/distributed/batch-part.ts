/** @file A rank's part of a batch. */
import { ArgumentError, type Shape, sizeOf } from "@tessera/tensor";
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

/**
 * A rank's part of a batch, without copying; what is a part already is left as it is.
 *
 * @throws ArgumentError where it is a part already, and another rank's
 */
export function partOfBatch(batch: Batch, place: RankPlace): RankBatch {
  if (batch.part) return ownPart(batch as RankBatch, place);
  const { images, labels, shape, labelShape, ...rest } = batch;
  const total = shape[0]!;
  const { from, to, idle } = partAt(total, place);
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

/** The part that a rank computes with: its own examples, or one of another's where it has none. */
function partAt(total: number, place: RankPlace) {
  const [first, end] = partBounds(total, place);
  const idle = first === end;
  const from = idle ? Math.min(first, total - 1) : first;
  return { from, to: idle ? from + 1 : end, idle };
}

/** @throws ArgumentError for a part of a batch, where nobody is there who has the others */
export function refusePart(what: string, { part, shape }: Batch): void {
  if (!part || (part.total === shape[0] && !part.idle)) return;
  throw new ArgumentError(
    `${what}: expected whole batches, got ${shape[0]} examples from number ${part.first} on of a batch of ${part.total}`,
    { hints: ["distributed: { communicator } names the ranks that have the other parts"] },
  );
}

function ownPart(batch: RankBatch, { rank, size }: RankPlace): RankBatch {
  const { first, total, idle } = batch.part;
  const expected = partAt(total, { rank, size });
  const end = first + batch.shape[0]!;
  if (first === expected.from && end === expected.to && idle === expected.idle) return batch;
  const [wanted, got] = [[expected.from, expected.to] as const, [first, end] as const].map(
    ([from, to]) => `${from} … ${to - 1}`,
  );
  throw new ArgumentError(
    `batch: examples ${got} of ${total} are not the part of rank ${rank} of ${size}, which is ${wanted}`,
    { hints: ["give what makes the batches this rank and this number of ranks"] },
  );
}

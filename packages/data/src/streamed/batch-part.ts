/** @file Which images of each batch a process reads, where several share them. */
import { checkInteger } from "../arguments.ts";
import { DataError } from "../errors.ts";
import type { ImageItem, ImageItems, ItemOrder } from "./image-items.ts";

/** A process among those that share each batch; a communicator is one. */
export interface BatchShare {
  /** Which it is: 0 … size − 1. */
  readonly rank: number;
  readonly size: number;
}

/** Which part of a batch this is. */
export interface BatchPart {
  /** Number of its first image in the whole batch. */
  readonly first: number;
  /** Images of the whole batch. */
  readonly total: number;
  /** Whether it holds an image of another process, because there is none for this one: it counts for nothing. */
  readonly idle: boolean;
}

/** A part whose images are not decoded yet. */
export interface ReadPart {
  readonly items: readonly ImageItem[];
  /** Of its first image in the epoch. */
  readonly place: number;
  /** Where batches are shared. */
  readonly part: BatchPart | undefined;
}

/**
 * An epoch's batches, cut into parts: of n images rank r of N reads ⌊n r / N⌋ … ⌊n (r + 1) / N⌋ − 1. In a batch of fewer
 * images than processes some have none; they read one that is another's.
 */
export class PartPlan {
  readonly #count: number;
  readonly #batchSize: number;
  readonly #share: BatchShare | undefined;

  /** @throws ArgumentError where there is no such rank */
  constructor(count: number, batchSize: number, share: BatchShare | undefined) {
    if (share) {
      checkInteger("batches: share.size", share.size, 1);
      checkInteger("batches: share.rank", share.rank, 0, share.size - 1);
    }
    this.#count = count;
    this.#batchSize = batchSize;
    this.#share = share;
  }

  /** The part of a batch, counted from 0, and how many images it has. */
  at(batch: number): BatchPart & { readonly length: number } {
    const total = Math.min(this.#batchSize, this.#count - batch * this.#batchSize);
    const { rank, size } = this.#share ?? { rank: 0, size: 1 };
    const [first, end] = [rank, rank + 1].map((each) => Math.floor((total * each) / size)) as [number, number];
    const idle = first === end;
    return { first: idle ? Math.min(first, total - 1) : first, total, idle, length: idle ? 1 : end - first };
  }

  /** Whether the image at a place of the epoch is in one of the parts. */
  readonly wanted = (place: number): boolean => {
    const { first, length } = this.at(Math.floor(place / this.#batchSize));
    const offset = (place % this.#batchSize) - first;
    return offset >= 0 && offset < length;
  };

  /** The part of a batch, of items that were read. */
  read(batch: number, items: readonly ImageItem[]): ReadPart {
    const { length: _, ...part } = this.at(batch);
    return { items, place: batch * this.#batchSize + part.first, part: this.#share && part };
  }

  /** Batches that begin before a place. */
  batchesBefore(place: number): number {
    return Math.ceil(place / this.#batchSize);
  }
}

/**
 * The parts of an epoch's batches, one after the other.
 *
 * @throws DataError where there are fewer items than the plan counts on
 */
export async function* partsOf(
  source: ImageItems,
  order: ItemOrder,
  plan: PartPlan,
): AsyncGenerator<ReadPart, void, undefined> {
  let batch = plan.batchesBefore(order.from);
  const end = plan.batchesBefore(source.count);
  let items: ImageItem[] = [];
  for await (const item of source.items(order)) {
    items.push(item);
    if (batch === end || items.length < plan.at(batch).length) continue;
    yield plan.read(batch++, items);
    items = [];
  }
  if (batch === end && items.length === 0) return;
  const problem = batch === end ? "more" : "fewer";
  throw new DataError(`${source.name}: expected ${source.count} images an epoch, found ${problem}`);
}

import { checkInteger, show } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import type { ImageSet, Pixels } from "../image-set.ts";
import { coreCount } from "./cores.ts";
import { type Cursor, DONE, indexedStage, iterableStage, type Stage } from "./cursor.ts";
import { type ImageRecord, recordOf } from "./image-records.ts";
import { cacheStage, type InterleaveOptions, interleaveStage, repeatStage, shuffleStage } from "./order-stages.ts";
import { type ReadAheadOptions, readAheadStage, type Workers } from "./read-ahead.ts";
import { batchStage, filterStage, type MapFunction, mapStage, skipStage, takeStage } from "./transform-stages.ts";

/** Where a walk stands: JSON of a few bytes, whatever was buffered. */
export interface DatasetState {
  readonly epoch: number;
  /** Items that were given in this pass. */
  readonly position: number;
}

/** A walk through one pass: loop over it, or call `next`. Leaving a loop, or an error, closes the pipeline. */
export interface DatasetIterator<T> extends AsyncIterableIterator<T, undefined> {
  /** Where it stands; {@link Dataset.restore} goes on from there, in this process or another. */
  state(): DatasetState;
}

/**
 * A pipeline over records, with the names and the meaning of TensorFlow's `tf.data.Dataset`.
 *
 * What it gives is a pure function of (its stages, their seeds, the epoch): not of timing, of workers or of what was
 * read ahead. So the state of a walk is two integers, and going on from it passes over what was given without making
 * it, as far as the stages allow: map, batch, repeat and a full shuffle of a set are passed over at once; a filter, a
 * window and a generator are read again from the beginning of the pass, without the stages behind them. The functions
 * given to it must be pure, too.
 *
 * @see https://www.tensorflow.org/api_docs/python/tf/data/Dataset
 *
 * @example
 * const train = Dataset.fromArrays(cifar.train).shuffle({ seed: 1 }).batch(128).map(stackImages).prefetch(2);
 * for (let epoch = 0; epoch < 10; epoch++) {
 *   for await (const { images, labels, shape } of train.iterate({ epoch })) await trainOn(images, labels, shape);
 * }
 */
export class Dataset<T> implements AsyncIterable<T> {
  private constructor(private readonly stage: Stage<T>) {}

  /** Images of a set one by one, views of its pixels. `source` is what errors call the set. */
  static fromArrays<P extends Pixels>(set: ImageSet<P>, { source }: { source?: string } = {}): Dataset<ImageRecord<P>> {
    return Dataset.fromIndexed(set.shape[0], (index) => recordOf(set, index, source));
  }

  /** `length` items, each made from its place: what can be shuffled in full without being held. */
  static fromIndexed<T>(length: number, at: (index: number) => T | Promise<T>): Dataset<T> {
    checkInteger("Dataset.fromIndexed: length", length, 0);
    return new Dataset(indexedStage(length, at));
  }

  /** Items of an array or of anything that can be looped over more than once; `fromGenerator` for what cannot. */
  static fromIterable<T>(items: Iterable<T> | AsyncIterable<T>): Dataset<T> {
    return new Dataset(iterableStage(() => items));
  }

  /** Items of a generator, called anew for each pass with its epoch; nothing is held. */
  static fromGenerator<T>(make: (epoch: number) => Iterable<T> | AsyncIterable<T>): Dataset<T> {
    return new Dataset(iterableStage(make));
  }

  /** Items of a pass (tf.data's cardinality); Infinity for an endless one, undefined where only walking tells. */
  get length(): number | undefined {
    return this.stage.length;
  }

  /** `fn` of each item, one after the other. Its errors name the record. */
  map<U>(fn: MapFunction<T, U>): Dataset<U> {
    return new Dataset(mapStage(this.stage, fn));
  }

  /**
   * `fn` of each item, several at once, given in order.
   *
   * @param fn a function, or `workers` of `@tessera/data/node`.
   * @param options.concurrency items worked on at once, which is also how many wait at most. `"auto"` begins with two and
   *   takes one more whenever the consumer has to wait, up to two for each worker, or for each core where `fn` is a
   *   function. What is given, and in which order, is the same for all. Default 4.
   * @param options.byteBudget bytes that may wait; past it no work is begun until the consumer has taken some.
   */
  parallelMap<U>(
    fn: MapFunction<T, U> | Workers<T, U>,
    { concurrency = 4, ...options }: ReadAheadOptions & { readonly concurrency?: number | "auto" } = {},
  ): Dataset<U> {
    if (concurrency !== "auto") checkInteger("Dataset.parallelMap: concurrency", concurrency, 1);
    const most = 2 * ((typeof fn === "function" ? undefined : fn.count) ?? coreCount());
    const capacity =
      concurrency === "auto" ? { waiting: 2, idle: 2, growth: most - 2 } : { waiting: concurrency, idle: concurrency };
    return new Dataset(readAheadStage(this.stage, fn, capacity, checkBudget("parallelMap", options)));
  }

  /** Keeps up to `depth` items ready while the consumer works on another; 0 reads only on demand. */
  prefetch(depth = 2, options: ReadAheadOptions = {}): Dataset<T> {
    checkInteger("Dataset.prefetch: depth", depth, 0);
    return new Dataset(
      readAheadStage<T, T>(this.stage, same, { waiting: depth + 1, idle: depth }, checkBudget("prefetch", options)),
    );
  }

  /** Items for which `keep` is true. */
  filter(keep: MapFunction<T, boolean>): Dataset<T> {
    return new Dataset(filterStage(this.stage, keep));
  }

  /**
   * A new order each epoch. Without `window`, or with one that holds all of a set whose items can be had by their
   * place, a uniform permutation: that of {@link permutation}. Else tf.data's: an item drawn from a window of so many.
   *
   * @param options.window items held. Default: all.
   * @param options.seed integer from 0. Default 0.
   */
  shuffle({ window = Number.POSITIVE_INFINITY, seed = 0 }: { window?: number; seed?: number } = {}): Dataset<T> {
    if (window !== Number.POSITIVE_INFINITY) checkInteger("Dataset.shuffle: window", window, 1);
    checkInteger("Dataset.shuffle: seed", seed, 0);
    return new Dataset(shuffleStage(this.stage, window, seed));
  }

  /** Arrays of `size` items; the last of a pass may be shorter, or is left out. */
  batch(size: number, { dropRemainder = false }: { dropRemainder?: boolean } = {}): Dataset<T[]> {
    checkInteger("Dataset.batch: size", size, 1);
    return new Dataset(batchStage(this.stage, size, dropRemainder));
  }

  /**
   * `count` passes, one after the other, or endless ones. After `batch` each pass has its own short batch:
   * `batch(32).repeat(2)` of 50,000 images is 2 · 1563 = 3126 batches. Passes are shuffled anew.
   */
  repeat(count: number = Number.POSITIVE_INFINITY): Dataset<T> {
    if (count !== Number.POSITIVE_INFINITY) checkInteger("Dataset.repeat: count", count, 1);
    return new Dataset(repeatStage(this.stage, count));
  }

  /** The first `count` items of a pass. */
  take(count: number): Dataset<T> {
    checkInteger("Dataset.take: count", count, 0);
    return new Dataset(takeStage(this.stage, count));
  }

  /** A pass without its first `count` items. */
  skip(count: number): Dataset<T> {
    checkInteger("Dataset.skip: count", count, 0);
    return new Dataset(skipStage(this.stage, count));
  }

  /** The items of the datasets that `fn` makes, `cycleLength` of them read in turn, `blockLength` items at a time. */
  interleave<U>(fn: MapFunction<T, Dataset<U>>, { cycleLength = 2, blockLength = 1 }: InterleaveOptions = {}) {
    checkInteger("Dataset.interleave: cycleLength", cycleLength, 1);
    checkInteger("Dataset.interleave: blockLength", blockLength, 1);
    const stageOf: MapFunction<T, Stage<U>> = async (value, place) => (await fn(value, place)).stage;
    return new Dataset<U>(interleaveStage(this.stage, stageOf, cycleLength, blockLength));
  }

  /** Keeps the items of a first whole pass in memory; shuffle after it, not before, as its order is kept, too. */
  cache(): Dataset<T> {
    return new Dataset(cacheStage(this.stage));
  }

  /** A walk through one pass. */
  iterate({ epoch = 0 }: { epoch?: number } = {}): DatasetIterator<T> {
    return this.restore({ epoch, position: 0 });
  }

  /** The rest of the walk that gave this state: exactly the items that would have come. */
  restore({ epoch, position }: DatasetState): DatasetIterator<T> {
    checkInteger("Dataset.restore: epoch", epoch, 0);
    checkInteger("Dataset.restore: position", position, 0);
    return new Walk(this.stage.open(epoch), epoch, position);
  }

  /** A pass of epoch 0, as `for await` asks for. */
  [Symbol.asyncIterator](): DatasetIterator<T> {
    return this.iterate();
  }
}

const same = <T>(value: T): T => value;

function checkBudget(name: string, options: ReadAheadOptions): ReadAheadOptions {
  const { byteBudget = Number.POSITIVE_INFINITY } = options;
  if (byteBudget > 0) return options;
  throw new ArgumentError(`Dataset.${name}: byteBudget: expected a number above 0, got ${show(byteBudget)}`);
}

class Walk<T> implements DatasetIterator<T> {
  #position: number;
  #begun = false;
  #closed = false;
  /** Calls come one after the other, however they are made. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly cursor: Cursor<T>,
    private readonly epoch: number,
    private readonly from: number,
  ) {
    this.#position = from;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const result = this.#last.then(() => this.#next());
    this.#last = result.catch(() => {});
    return result;
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    if (this.#closed) return DONE;
    try {
      if (!this.#begun && this.from > 0) await this.cursor.skip(this.from);
      this.#begun = true;
      const result = await this.cursor.next();
      if (result.done) await this.#close();
      else this.#position++;
      return result;
    } catch (error) {
      await this.#close();
      throw error;
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#last;
    await this.#close();
    return DONE;
  }

  #close(): Promise<void> {
    this.#closed = true;
    return this.cursor.close();
  }

  state(): DatasetState {
    return { epoch: this.epoch, position: this.#position };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

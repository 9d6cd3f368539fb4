/** @file The records of an epoch, in the two ways in which files can be read: each by itself, or in streams. */
import { CorruptRecordError } from "../errors.ts";
import type { TfRecord } from "../framing.ts";
import { type InterleaveOptions, interleave } from "../interleave.ts";
import { permutation, randomBelow } from "../random.ts";
import type { RecordIndex } from "../record-index.ts";
import { shuffleWindow, type WindowOptions } from "../shuffle-window.ts";
import { TfRecordIndex } from "./index-file.ts";
import { IndexPool } from "./index-pool.ts";
import { type FileOptions, readRecords } from "./open.ts";

/** What an order is made of. */
export interface EpochSet {
  readonly files: readonly string[];
  readonly isShuffled: boolean;
  readonly seed: number;
  /** The first epoch. */
  readonly epoch: number;
  readonly workerIndex: number;
  readonly workerCount: number;
  readonly interleaving: InterleaveOptions;
  readonly window: WindowOptions;
  /** How to read, on which the order does not depend. */
  readonly options: Pick<FileOptions, "maxRecordBytes" | "verifyChecksums" | "onLoss" | "maxSkipBytes"> & {
    readonly readAhead: number;
  };
}

/** A record, and the position in the epoch that is reached when it is given out. */
interface Step {
  readonly record: TfRecord;
  readonly position: number;
}

/** Whether the record at a position of the epoch, counted from 0, is wanted. */
export type Wanted = (position: number) => boolean;

/** Gives the records of one epoch from a position on, and of those what is wanted. */
export interface EpochReader {
  readonly count: number | undefined;
  read(epoch: number, from: number, wanted: Wanted): AsyncGenerator<Step, void, undefined>;
  close(): Promise<void>;
}

/** Records that are each read by itself, in a random order or in that of the files. */
export class IndexedEpochs implements EpochReader {
  readonly count: number;
  readonly #set: EpochSet;
  readonly #pool: IndexPool;
  readonly #indexes: readonly RecordIndex[];
  /** Number of the first record of each file, and of all. */
  readonly #starts: readonly number[];

  private constructor(set: EpochSet, indexes: readonly RecordIndex[]) {
    this.#set = set;
    this.#indexes = indexes;
    this.#pool = new IndexPool(
      set.files.map((path, i) => ({ path, index: indexes[i]! })),
      set.options,
    );
    const starts = [0];
    for (const { offsets } of indexes) starts.push(starts.at(-1)! + offsets.length);
    this.#starts = starts;
    this.count = Math.max(0, Math.ceil((starts.at(-1)! - set.workerIndex) / set.workerCount));
  }

  static async open(set: EpochSet): Promise<IndexedEpochs> {
    const indexes: RecordIndex[] = [];
    for (const path of set.files) {
      await using records = await TfRecordIndex.open(path, set.options);
      indexes.push(records.index);
    }
    return new IndexedEpochs(set, indexes);
  }

  async *read(epoch: number, from: number, wanted: Wanted): AsyncGenerator<Step, void, undefined> {
    const { workerIndex, workerCount, options } = this.#set;
    const numberAt = this.#order(epoch);
    const ahead: { readonly reading: Promise<TfRecord | null>; readonly position: number }[] = [];
    for (let next = from; ; ) {
      for (; next < this.count && ahead.length < options.readAhead; next++) {
        if (!wanted(next)) continue;
        const reading = this.#record(numberAt(workerIndex + next * workerCount));
        reading.catch(() => undefined);
        ahead.push({ reading, position: next + 1 });
      }
      const first = ahead.shift();
      if (!first) return;
      const record = await first.reading;
      if (record !== null) yield { record, position: first.position };
    }
  }

  /** The number of the record at each place of an epoch. */
  #order(epoch: number): (place: number) => number {
    const { isShuffled, seed } = this.#set;
    if (!isShuffled) return (place) => place;
    const order = permutation(this.#starts.at(-1)!, randomBelow("records", seed, epoch));
    return (place) => order[place]!;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /** `null` where it is damaged, and losses are taken. */
  async #record(number: number): Promise<TfRecord | null> {
    const file = fileOf(this.#starts, number);
    const record = number - this.#starts[file]!;
    try {
      return await this.#pool.read(file, record);
    } catch (error) {
      const { onLoss } = this.#set.options;
      if (!(error instanceof CorruptRecordError) || onLoss === undefined) throw error;
      const { source, offset, compression, problem } = error;
      const end = offset + this.#indexes[file]!.sizes[record]!;
      onLoss({ source, record, offset, compression, end, estimatedRecords: 1, reason: problem });
      return null;
    }
  }
}

/** The last file that begins at or before a record. */
function fileOf(starts: readonly number[], record: number): number {
  let [low, high] = [0, starts.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= record) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Files as streams, interleaved and, where that is asked for, shuffled within a window. */
export class StreamedEpochs implements EpochReader {
  readonly count = undefined;
  readonly #set: EpochSet;

  constructor(set: EpochSet) {
    this.#set = set;
  }

  async *read(epoch: number, from: number, wanted: Wanted): AsyncGenerator<Step, void, undefined> {
    let position = 0;
    for await (const record of this.#shuffled(epoch)) {
      const isWanted = position >= from && wanted(position);
      position++;
      if (isWanted) yield { record, position };
    }
  }

  async close(): Promise<void> {}

  #shuffled(epoch: number): AsyncIterable<TfRecord> {
    const { files, isShuffled, seed, window } = this.#set;
    if (!isShuffled) return this.#mine(files);
    const order = permutation(files.length, randomBelow("shards", seed, epoch));
    const records = this.#mine(Array.from(order, (i) => files[i]!));
    return shuffleWindow(records, randomBelow("window", seed, epoch), window);
  }

  /** This worker's share: of the files, or of the records of all files. */
  #mine(files: readonly string[]): AsyncIterable<TfRecord> {
    const { workerIndex, workerCount, interleaving, options } = this.#set;
    const isMine = (_: unknown, i: number) => i % workerCount === workerIndex;
    const byFile = files.length >= workerCount;
    const sources = (byFile ? files.filter(isMine) : files).map((path) => () => readRecords(path, options));
    const records = interleave(sources, interleaving);
    return byFile ? records : every(records, isMine);
  }
}

async function* every(
  records: AsyncIterable<TfRecord>,
  isMine: (record: TfRecord, i: number) => boolean,
): AsyncGenerator<TfRecord, void, undefined> {
  let i = 0;
  for await (const record of records) if (isMine(record, i++)) yield record;
}

import { basename } from "node:path";
import { crc32c } from "../crc32c.ts";
import { TfRecordError } from "../errors.ts";
import { checkInteger, type TfRecord } from "../framing.ts";
import type { InterleaveOptions } from "../interleave.ts";
import type { WindowOptions } from "../shuffle-window.ts";
import { detectCompression } from "../sniff.ts";
import { type EpochReader, type EpochSet, IndexedEpochs, StreamedEpochs, type Wanted } from "./epochs.ts";
import { type FileOptions, limitsOf, openFile } from "./open.ts";
import { resolveShards } from "./resolve-shards.ts";

/** Options of {@link ShardedReader.open}. */
export interface ShardedOptions
  extends Partial<InterleaveOptions>,
    Partial<WindowOptions>,
    Pick<FileOptions, "maxRecordBytes" | "verifyChecksums" | "onLoss" | "maxSkipBytes"> {
  /** Sources read in turns. Default: 1, so one file after the other; 8 where a window shuffles. */
  readonly cycleLength?: number;
  /** Records taken from a source at its turn. Default: 1. */
  readonly blockLength?: number;
  /** A new random order each epoch. Default: false. */
  readonly shuffle?: boolean;
  /** Seed of the order. Default: 0. */
  readonly seed?: number;
  /** Epoch to begin with. Default: 0. */
  readonly epoch?: number;
  /** Which worker (rank, process) this is, from 0. Default: 0. */
  readonly workerIndex?: number;
  /** How many workers share the records. Default: 1. */
  readonly workerCount?: number;
  /** Where a window shuffles: records in it. Default: 10000. */
  readonly bufferSize?: number;
  /** Where a window shuffles: bytes of data in it. Default: 2²⁸ (256 MiB). */
  readonly bufferBytes?: number;
  /**
   * Uncompressed files in order, one after the other: read each record by itself, for {@link ShardedReader.read} to leave
   * out what is not wanted. Shuffled ones always are; other files are streams, of which all is read. Default: false.
   */
  readonly selective?: boolean;
  /** Where each record is read by itself: reads that run at once. Default: 16. */
  readonly readAhead?: number;
  /** Take a set of files of which some numbers are missing. Default: false. */
  readonly allowGaps?: boolean;
}

/** Where a reader stands, as JSON holds it. */
export interface ShardedState {
  readonly epoch: number;
  /** Records of the epoch that were given out. */
  readonly position: number;
  /** Checksum of everything that the order depends on: names and sizes of the files, and options. */
  readonly fingerprint: string;
}

/**
 * Reads a set of files, epoch by epoch: each iteration gives what is left of the current epoch, then the next begins.
 *
 * How the order is made, see `order`:
 * - `"sequential"` (no shuffle): files in order, or interleaved as `tf.data.Dataset.interleave` does.
 * - `"indexed"` (shuffle of uncompressed files): a random order of all records, a pure function of (seed, epoch), each
 *   read by itself. Uses the `.idx` files that are there; other files' headers are read once.
 * - `"windowed"` (shuffle of compressed files): the files in a random order, interleaved, shuffled within a window.
 *
 * With several workers every record is read by exactly one of them: each takes every `workerCount`-th record or, where
 * files are streamed and there are as many files as workers at least, every `workerCount`-th file.
 *
 * @example
 * const reader = await ShardedReader.open("data/train-*", { shuffle: true, seed: 1 });
 * for (let epoch = 0; epoch < 10; epoch++) {
 *   for await (const record of reader) parseExample(record, schema);
 * }
 * await reader.close();
 */
export class ShardedReader implements AsyncIterable<TfRecord>, AsyncDisposable {
  readonly files: readonly string[];
  readonly order: "sequential" | "indexed" | "windowed";
  /** Records of an epoch for this worker, where that is known without reading: where each is read by itself. */
  readonly count: number | undefined;
  readonly #epochs: EpochReader;
  readonly #fingerprint: string;
  #epoch: number;
  #position = 0;
  #isReading = false;

  private constructor(order: ShardedReader["order"], set: EpochSet, epochs: EpochReader, fingerprint: string) {
    this.files = set.files;
    this.order = order;
    this.count = epochs.count;
    this.#epochs = epochs;
    this.#epoch = set.epoch;
    this.#fingerprint = fingerprint;
  }

  /**
   * @param files as `resolveShards` takes them
   * @throws TfRecordError when a file is missing, the set has gaps, or an option cannot be.
   */
  static async open(files: string | readonly string[], options: ShardedOptions = {}): Promise<ShardedReader> {
    const paths = await resolveShards(files, options);
    const facts = [];
    for (const path of paths) facts.push(await factsOf(path));
    const { shuffle = false } = options;
    const isPlain = facts.every(({ compression }) => compression === "none");
    const order = !shuffle ? "sequential" : isPlain ? "indexed" : "windowed";
    const set = epochSet(paths, order, options);
    const isSelective = options.selective === true && isPlain && set.interleaving.cycleLength === 1;
    const isIndexed = order === "indexed" || isSelective;
    const epochs = isIndexed ? await IndexedEpochs.open(set) : new StreamedEpochs(set);
    const { epoch: _, options: __, files: ___, ...decisive } = set;
    return new ShardedReader(order, set, epochs, fingerprintOf([order, decisive, facts]));
  }

  /**
   * What is left of the current epoch; when it has ended, the next one is current. One iteration at a time.
   *
   * @throws CorruptRecordError at the first record that is not as it was written, unless `onLoss` takes losses.
   */
  [Symbol.asyncIterator](): AsyncGenerator<TfRecord, void, undefined> {
    return this.read();
  }

  /**
   * The same, and of that the records at the positions that are wanted. Others are not read where each record is read by
   * itself (see `selective`), so what is wrong with them goes unnoticed.
   *
   * @param wanted whether the record at a position of the epoch, counted from 0, is wanted. Default: all are.
   */
  async *read(wanted: Wanted = () => true): AsyncGenerator<TfRecord, void, undefined> {
    if (this.#isReading) throw new TfRecordError("ShardedReader: expected one iteration at a time, got another");
    this.#isReading = true;
    try {
      for await (const { record, position } of this.#epochs.read(this.#epoch, this.#position, wanted)) {
        this.#position = position;
        yield record;
      }
      this.#epoch++;
      this.#position = 0;
    } finally {
      this.#isReading = false;
    }
  }

  /** Where it stands: behind the record that was given out last. */
  state(): ShardedState {
    return { epoch: this.#epoch, position: this.#position, fingerprint: this.#fingerprint };
  }

  /**
   * Goes on where another reader stood: the next iteration gives the records that it had not given out. Where files are
   * streamed, those before are read and passed over.
   *
   * @throws TfRecordError when that reader read other files, or in another order.
   */
  restore({ epoch, position, fingerprint }: ShardedState): void {
    checkInteger("restore: epoch", epoch, 0);
    checkInteger("restore: position", position, 0);
    if (this.#isReading) throw new TfRecordError("restore: expected no iteration to be running");
    if (fingerprint !== this.#fingerprint) {
      throw new TfRecordError(
        "restore: the state is of other files, or of other options, in which records have another order",
      );
    }
    this.#epoch = epoch;
    this.#position = position;
  }

  /** Closes the files, when iterations have ended. */
  async close(): Promise<void> {
    await this.#epochs.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function factsOf(path: string) {
  const { handle, bytes, start } = await openFile(path);
  await handle.close();
  return { name: basename(path), bytes, compression: detectCompression(start) };
}

function epochSet(files: readonly string[], order: ShardedReader["order"], options: ShardedOptions): EpochSet {
  const { seed = 0, epoch = 0, workerIndex = 0, workerCount = 1, readAhead = 16, blockLength = 1 } = options;
  const { bufferSize = 10_000, bufferBytes = 2 ** 28, cycleLength = order === "windowed" ? 8 : 1 } = options;
  limitsOf(files[0]!, options);
  checkInteger("seed", seed, 0);
  checkInteger("epoch", epoch, 0);
  checkInteger("workerCount", workerCount, 1);
  checkInteger("workerIndex", workerIndex, 0, workerCount - 1);
  checkInteger("cycleLength", cycleLength, 1);
  checkInteger("blockLength", blockLength, 1);
  checkInteger("bufferSize", bufferSize, 1);
  checkInteger("bufferBytes", bufferBytes, 1);
  checkInteger("readAhead", readAhead, 1);
  const { maxRecordBytes, verifyChecksums, onLoss, maxSkipBytes } = options;
  return {
    ...{ files, seed, epoch, workerIndex, workerCount },
    isShuffled: order !== "sequential",
    interleaving: { cycleLength, blockLength },
    window: { bufferSize, bufferBytes },
    options: { maxRecordBytes, verifyChecksums, onLoss, maxSkipBytes, readAhead },
  };
}

function fingerprintOf(facts: unknown): string {
  return crc32c(new TextEncoder().encode(JSON.stringify(facts)))
    .toString(16)
    .padStart(8, "0");
}

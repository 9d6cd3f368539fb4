import { type FileHandle, readFile } from "node:fs/promises";
import { CorruptRecordError, type RecordPlace, TfRecordError } from "../errors.ts";
import { checkedData, checkInteger, dataLength, FRAME_BYTES, type RecordLimits, type TfRecord } from "../framing.ts";
import { decodeIndex, encodeIndex, indexEnd, indexOfSizes, type RecordIndex } from "../record-index.ts";
import { detectCompression, HEADER_BYTES } from "../sniff.ts";
import { writeWhole } from "./atomic.ts";
import { ofFile } from "./file-errors.ts";
import { type FileOptions, limitsOf, openFile, readRecords } from "./open.ts";
import { readAt } from "./read-chunks.ts";

/** Where a file's index lies unless it is said: beside it. */
function indexPathOf(path: string): string {
  return `${path}.idx`;
}

/**
 * Reads an index, `<offset> <size>` in bytes a line, as `buildIndex`, DALI's `tfrecord2idx` and the Python package
 * tfrecord write it.
 *
 * @throws TfRecordError when there is no such file, or a line is not as it should be.
 */
export async function readIndex(indexPath: string): Promise<RecordIndex> {
  return decodeIndex(await ofFile(indexPath, readFile(indexPath, "utf8")), indexPath);
}

/** Options of {@link buildIndex}. */
export interface BuildIndexOptions extends Pick<FileOptions, "maxRecordBytes" | "onProgress" | "verifyChecksums"> {
  /** Where to write it. Default: `<path>.idx`. */
  readonly indexPath?: string;
}

/** Indexes an uncompressed file: reads it, checks every checksum, and writes `<path>.idx`, whole or not at all. */
export async function buildIndex(path: string, options: BuildIndexOptions = {}): Promise<RecordIndex> {
  const { handle, start } = await openFile(path);
  await handle.close();
  refuseCompressed(path, start);
  const sizes: number[] = [];
  for await (const { data } of readRecords(path, options)) sizes.push(data.length + FRAME_BYTES);
  const index = indexOfSizes(sizes);
  const indexPath = options.indexPath ?? indexPathOf(path);
  await ofFile(indexPath, writeWhole(indexPath, encodeIndex(index)));
  return index;
}

function refuseCompressed(path: string, start: Uint8Array): void {
  const compression = detectCompression(start);
  if (compression === "none") return;
  throw new TfRecordError(
    `${path}: expected an uncompressed file, got ${compression}, in which no record has a place of its own\n` +
      "  hint: read it in order with openTfRecord, or write it without compression",
  );
}

/** Options of {@link TfRecordIndex.open}. */
export interface IndexedOptions extends Pick<FileOptions, "maxRecordBytes" | "verifyChecksums"> {
  /** Where the index lies. Default: `<path>.idx` or, where that is missing, no file: the headers are read instead. */
  readonly indexPath?: string;
  /** An index that was read or built before; `indexPath` is not looked at then. */
  readonly index?: RecordIndex;
}

/**
 * Random access to the records of an uncompressed file.
 *
 * An index that is not of this file as it is now is noticed: its end has to be the file's end, and each record that is
 * read has to have the length that the index says, and the right checksums.
 *
 * @example
 * await using records = await TfRecordIndex.open("train.tfrecord");
 * const { data } = await records.read(records.count - 1);
 */
export class TfRecordIndex implements AsyncDisposable {
  readonly path: string;
  readonly index: RecordIndex;
  readonly #handle: FileHandle;
  readonly #limits: RecordLimits;
  /** Path of the index, for messages; `null` where it was made from the headers. */
  readonly #indexPath: string | null;

  private constructor(handle: FileHandle, index: RecordIndex, indexPath: string | null, limits: RecordLimits) {
    this.path = limits.source;
    this.index = index;
    this.#handle = handle;
    this.#indexPath = indexPath;
    this.#limits = limits;
  }

  /** @throws TfRecordError when the file is missing or compressed, or the index is damaged or not of this file. */
  static async open(path: string, options: IndexedOptions = {}): Promise<TfRecordIndex> {
    const limits = limitsOf(path, options);
    const { handle, bytes, start } = await openFile(path);
    try {
      refuseCompressed(path, start);
      const indexPath = options.indexPath ?? indexPathOf(path);
      const found = options.index ?? (await readIndexIfThere(indexPath, options.indexPath !== undefined));
      const index = found ?? (await scanHeaders(handle, bytes, limits));
      const end = indexEnd(index);
      if (end !== bytes) throw stale(indexPath, `its records end at byte ${end}, ${path} at ${bytes}`, path);
      return new TfRecordIndex(handle, index, found && indexPath, limits);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** How many records there are. */
  get count(): number {
    return this.index.offsets.length;
  }

  /**
   * A record, from memory of its own. Several may be read at once.
   *
   * @throws TfRecordError when there is none of this number, or the index is not of this file; CorruptRecordError when
   *   the record is not as it was written.
   */
  async read(record: number): Promise<TfRecord> {
    checkInteger(`${this.path}: record`, record, 0, this.count - 1);
    const [offset, size] = [this.index.offsets[record]!, this.index.sizes[record]!];
    const place = { source: this.path, record, offset, compression: "none" as const };
    const { maxRecordBytes } = this.#limits;
    if (size - FRAME_BYTES > maxRecordBytes) {
      throw new CorruptRecordError(
        `expected at most maxRecordBytes = ${maxRecordBytes} bytes, found ${size - FRAME_BYTES}`,
        place,
      );
    }
    const frame = await ofFile(this.path, readAt(this.#handle, offset, size));
    const length = this.#lengthAt(frame, place);
    if (length + FRAME_BYTES !== size) {
      throw this.#mismatch(`record ${record} has ${size} bytes there, ${length + FRAME_BYTES} in ${this.path}`);
    }
    return { data: checkedData(frame, length, place, this.#limits), ...place };
  }

  /** What looks like damage is more likely an old index, where there is one. */
  #lengthAt(frame: Uint8Array, place: RecordPlace): number {
    try {
      return dataLength(frame.subarray(0, HEADER_BYTES), place, this.#limits);
    } catch (error) {
      if (!(error instanceof CorruptRecordError) || this.#indexPath === null) throw error;
      throw this.#mismatch(
        `no record begins at byte ${place.offset} of ${this.path}, or it is damaged: ${error.problem}`,
      );
    }
  }

  #mismatch(problem: string): TfRecordError {
    return stale(this.#indexPath ?? indexPathOf(this.path), problem, this.path);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function stale(indexPath: string, problem: string, path: string): TfRecordError {
  return new TfRecordError(
    `${indexPath}: not an index of the file as it is: ${problem}\n  hint: build it again: tessera tfrecord index ${path}`,
  );
}

async function readIndexIfThere(indexPath: string, isAsked: boolean): Promise<RecordIndex | null> {
  try {
    return await readIndex(indexPath);
  } catch (error) {
    const isMissing =
      error instanceof TfRecordError && (error.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
    if (isMissing && !isAsked) return null;
    throw error;
  }
}

/** Bytes read around a header: small records' headers come with one read, large ones are leapt over. */
const SCAN_BYTES = 2 ** 14;

/** An index from the headers alone, each checked; of the data only the size is looked at. */
async function scanHeaders(handle: FileHandle, bytes: number, limits: RecordLimits): Promise<RecordIndex> {
  const sizes: number[] = [];
  let window = { begin: 0, bytes: new Uint8Array(0) as Uint8Array };
  for (let offset = 0; offset < bytes; ) {
    if (offset + HEADER_BYTES > window.begin + window.bytes.length) {
      window = { begin: offset, bytes: await ofFile(limits.source, readAt(handle, offset, SCAN_BYTES)) };
    }
    const at = offset - window.begin;
    const place = { source: limits.source, record: sizes.length, offset, compression: "none" as const };
    const length = dataLength(window.bytes.subarray(at, at + HEADER_BYTES), place, limits);
    const left = bytes - offset - FRAME_BYTES;
    if (length > left)
      throw new CorruptRecordError(`truncated: expected ${length} bytes of data, have ${Math.max(0, left)}`, place);
    sizes.push(length + FRAME_BYTES);
    offset += length + FRAME_BYTES;
  }
  return indexOfSizes(sizes);
}

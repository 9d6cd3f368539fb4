import { type FileHandle, open } from "node:fs/promises";
import { RecordDecoder } from "../decoder.ts";
import { TfRecordError } from "../errors.ts";
import { checkCompression, type RecordOptions, recordLimits, type TfRecord } from "../framing.ts";
import { type Compression, detectCompression, HEADER_BYTES } from "../sniff.ts";
import { decodeChunks, type StreamOptions } from "../stream.ts";
import { ofFile } from "./file-errors.ts";
import { readAt, readChunks } from "./read-chunks.ts";
import { inflateOnThreads } from "./zlib-pump.ts";

/** Options of {@link openTfRecord}; messages name the path. */
export interface FileOptions extends Omit<StreamOptions, "source"> {
  /** Told how many bytes of the file, as it lies on the disk, were read. */
  readonly onProgress?: (bytesRead: number) => void;
}

/** A file that is open. Each iteration reads it from its beginning; several may run at once. */
export class TfRecordFile implements AsyncIterable<TfRecord>, AsyncDisposable {
  readonly path: string;
  /** Size on the disk. */
  readonly bytes: number;
  readonly compression: Compression;
  readonly #handle: FileHandle;
  readonly #options: FileOptions;

  /** @internal Use {@link openTfRecord}. */
  constructor(
    handle: FileHandle,
    facts: { path: string; bytes: number; compression: Compression },
    options: FileOptions,
  ) {
    this.path = facts.path;
    this.bytes = facts.bytes;
    this.compression = facts.compression;
    this.#handle = handle;
    this.#options = options;
  }

  /**
   * The file's records in order. A record that lies within one of the chunks that are read (1 MiB) is a view into it.
   *
   * @throws CorruptRecordError at the first record that is not as it was written, unless `onLoss` takes losses.
   */
  [Symbol.asyncIterator](): AsyncGenerator<TfRecord, void, undefined> {
    const chunks = () => readChunks(this.#handle, this.path, this.#options.onProgress);
    const plain = this.compression === "none" ? chunks() : inflateOnThreads(chunks, this.compression);
    return decodeChunks(plain, new RecordDecoder(limitsOf(this.path, this.#options), this.compression));
  }

  /** Closes the file, when iterations have ended. */
  async close(): Promise<void> {
    await this.#handle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A reader's limits, with the path as the name in messages. */
export function limitsOf(path: string, options: Omit<RecordOptions, "source">) {
  return recordLimits({ ...options, source: path });
}

/**
 * Opens a TFRecord file, which may be compressed with gzip or zlib.
 *
 * @throws TfRecordError when there is no such file, or an option cannot be.
 *
 * @example
 * await using file = await openTfRecord("train.tfrecord");
 * for await (const record of file) parseExample(record, schema);
 */
export async function openTfRecord(path: string, options: FileOptions = {}): Promise<TfRecordFile> {
  const { compression = "auto" } = options;
  limitsOf(path, options);
  checkCompression(compression, "auto");
  const { handle, bytes, start } = await openFile(path);
  const found = compression === "auto" ? detectCompression(start) : compression;
  return new TfRecordFile(handle, { path, bytes, compression: found }, options);
}

/** A file's handle, its size and its first bytes. */
export async function openFile(path: string): Promise<{ handle: FileHandle; bytes: number; start: Uint8Array }> {
  const handle = await ofFile(path, open(path, "r"));
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new TfRecordError(`${path}: expected a file, got a folder`);
    return { handle, bytes: stat.size, start: await ofFile(path, readAt(handle, 0, HEADER_BYTES)) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * The records of a file; opens it when the first is asked for, and closes it after the last.
 *
 * @throws as {@link openTfRecord} and {@link TfRecordFile} do.
 */
export async function* readRecords(path: string, options: FileOptions = {}): AsyncGenerator<TfRecord, void, undefined> {
  const file = await openTfRecord(path, options);
  try {
    yield* file;
  } finally {
    await file.close();
  }
}

import { type FileHandle, open, rm } from "node:fs/promises";
import type { EncodeOptions } from "../encode-stream.ts";
import { TfRecordError } from "../errors.ts";
import { checkCompression, checkInteger, encodeRecord, FRAME_BYTES, writeFrame } from "../framing.ts";
import { encodeIndex, indexOfSizes } from "../record-index.ts";
import { commit, partialPath, writeWhole } from "./atomic.ts";
import { fileError, ofFile } from "./file-errors.ts";
import { deflatePump } from "./zlib-pump.ts";

/** Options of {@link TfRecordWriter.create}. */
export interface WriterOptions extends EncodeOptions {
  /** Also write `<path>.idx`, see `buildIndex`. Not with compression. Default: false. */
  readonly index?: boolean;
}

/** What a writer has written. */
export interface WrittenFile {
  readonly path: string;
  readonly records: number;
  /** Size of the file on the disk. */
  readonly bytes: number;
}

/** Frames are gathered until they fill this. */
const BUFFER_BYTES = 2 ** 20;
/** Buffers that may wait for the disk before `write` makes its caller wait too. */
const MAX_WAITING = 2;

/**
 * Writes a TFRecord file, whole or not at all: it grows as `<path>.partial`, and `close` moves it to its place when its
 * bytes are on the disk. One writer a path at a time.
 *
 * @example
 * await using writer = await TfRecordWriter.create("train.tfrecord", { index: true });
 * for (const example of examples) await writer.write(serializeExample(example, schema));
 * await writer.close(); // without this, nothing is left
 */
export class TfRecordWriter implements AsyncDisposable {
  readonly path: string;
  readonly #sink: Sink;
  /** Sizes of the frames, where an index is wanted. */
  readonly #sizes: number[] | null;
  #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #filled = 0;
  #records = 0;
  #waiting = 0;
  #tail: Promise<void> = Promise.resolve();
  #failure: unknown = null;
  #state: "open" | "closed" | "aborted" = "open";

  private constructor(path: string, sink: Sink, index: boolean) {
    this.path = path;
    this.#sink = sink;
    this.#sizes = index ? [] : null;
  }

  /** @throws TfRecordError when the file cannot be made, or an option cannot be. */
  static async create(path: string, options: WriterOptions = {}): Promise<TfRecordWriter> {
    const { compression = "none", level = 6, index = false } = options;
    checkCompression(compression);
    checkInteger("level", level, 0, 9);
    if (index && compression !== "none") {
      throw new TfRecordError(
        `${path}: expected an index or compression, got both: no record of a ${compression} file has a place of its own`,
      );
    }
    const handle = await ofFile(path, open(partialPath(path), "w"));
    const sink =
      compression === "none" ? new Sink(handle) : new CompressedSink(handle, deflatePump(compression, level));
    return new TfRecordWriter(path, sink, index);
  }

  /**
   * Adds a record; its bytes are copied. The promise holds at once while the disk keeps up, and waits when it does not.
   *
   * @throws TfRecordError when the file cannot be written; nothing is left of it then but what `abort` removes.
   */
  write(data: Uint8Array): Promise<void> {
    if (this.#state !== "open")
      return Promise.reject(new TfRecordError(`${this.path}: write: the writer is ${this.#state}`));
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const size = FRAME_BYTES + data.length;
    this.#records++;
    this.#sizes?.push(size);
    if (this.#filled + size > BUFFER_BYTES) this.#flush();
    if (size > BUFFER_BYTES) this.#send(encodeRecord(data));
    else this.#filled = writeFrame(this.#buffer, this.#filled, data);
    return this.#waiting > MAX_WAITING ? this.#tail : Promise.resolve();
  }

  /** Finishes the file and moves it to its place. @throws TfRecordError when it cannot be written. */
  async close(): Promise<WrittenFile> {
    if (this.#state !== "open") throw new TfRecordError(`${this.path}: close: the writer is ${this.#state}`);
    this.#state = "closed";
    this.#flush();
    try {
      await this.#tail;
      await this.#sink.end();
      const index = `${this.path}.idx`;
      if (this.#sizes !== null) await rm(index, { force: true });
      await commit(this.#sink.handle, this.path);
      if (this.#sizes !== null) await writeWhole(index, encodeIndex(indexOfSizes(this.#sizes)));
    } catch (error) {
      await this.#discard();
      throw fileError(this.path, error);
    }
    return { path: this.path, records: this.#records, bytes: this.#sink.bytes };
  }

  /** Leaves nothing. Does nothing to a file that was closed. */
  async abort(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "aborted";
    await this.#discard();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.abort();
  }

  async #discard(): Promise<void> {
    await this.#tail.catch(() => undefined);
    await this.#sink.destroy();
    await rm(partialPath(this.path), { force: true });
  }

  #flush(): void {
    if (this.#filled === 0) return;
    this.#send(this.#buffer.subarray(0, this.#filled));
    this.#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#filled = 0;
  }

  /** Bytes go to the disk one after the other, whether or not the caller waits. */
  #send(bytes: Uint8Array): void {
    this.#waiting++;
    this.#tail = this.#tail.then(async () => {
      try {
        await this.#sink.write(bytes);
      } catch (error) {
        this.#failure = fileError(this.path, error);
        throw this.#failure;
      }
      this.#waiting--;
    });
    // The next `write` or `close` tells of it.
    this.#tail.catch(() => undefined);
  }
}

/** The file as it grows. */
class Sink {
  readonly handle: FileHandle;
  bytes = 0;

  constructor(handle: FileHandle) {
    this.handle = handle;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.handle.write(bytes, done);
      done += bytesWritten;
    }
    this.bytes += bytes.length;
  }

  async end(): Promise<void> {}

  async destroy(): Promise<void> {
    await this.handle.close().catch(() => undefined);
  }
}

/** The same with compression before it. */
class CompressedSink extends Sink {
  readonly #pump: ReturnType<typeof deflatePump>;

  constructor(handle: FileHandle, pump: ReturnType<typeof deflatePump>) {
    super(handle);
    this.#pump = pump;
  }

  override async write(bytes: Uint8Array): Promise<void> {
    await this.#pump.write(bytes);
    for (const output of this.#pump.take()) await super.write(output);
  }

  override async end(): Promise<void> {
    await this.#pump.end();
    for (const output of this.#pump.take()) await super.write(output);
  }

  override async destroy(): Promise<void> {
    this.#pump.destroy();
    await super.destroy();
  }
}

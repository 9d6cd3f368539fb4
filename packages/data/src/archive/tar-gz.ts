import { createReadStream, type ReadStream } from "node:fs";
import { Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type Extract, extract } from "tar-stream";
import { CorruptArchiveError, DataError } from "../errors.ts";

/** Well above any batch that the data sets have; a header that claims more would only exhaust memory. */
const MAX_MEMBER_BYTES = 2 ** 30;

/** Bounds on what an archive may make its reader do. */
export interface ArchiveLimits {
  /** Members, folders among them. Default 1 000 000. */
  readonly maxEntries: number;
  /** Bytes once unpacked. Default 16 GiB. */
  readonly maxBytes: number;
}

export const DEFAULT_ARCHIVE_LIMITS: ArchiveLimits = { maxEntries: 1_000_000, maxBytes: 2 ** 34 };

/** An archive that asks for more than its reader gives. */
class LimitError extends Error {}

/** Lets the unpacked bytes through as long as they are within the bound. */
class Meter extends Transform {
  #total = 0;

  constructor(private readonly maxBytes: number) {
    super();
  }

  override _transform(chunk: Uint8Array, _encoding: string, done: TransformCallback): void {
    this.#total += chunk.length;
    if (this.#total <= this.maxBytes) done(null, chunk);
    else done(new LimitError(`it unpacks to more than ${this.maxBytes} bytes`));
  }
}

/** How far the reading of an archive is. */
export interface ArchiveProgress {
  /** Bytes of the archive as it lies on disk that were read. */
  readonly bytes: number;
  /** Members that were begun. */
  readonly entries: number;
}

/** A member: its header, and its bytes as a stream. */
export type TarEntry = Extract extends AsyncIterable<infer Source> ? Source : never;

/** Reads a `.tar.gz` once, as a stream. */
export class TarGz {
  readonly #path: string;
  readonly #file: ReadStream;
  #member = "";
  /** What ended the reading first. */
  #fault: Error | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#file = createReadStream(path, { highWaterMark: 2 ** 20 });
  }

  /**
   * Its members one by one, each to be read or passed over (`entry.resume()`) before the next. The archive is read to
   * its end, so that a truncated one is always noticed.
   */
  async *entries(
    { maxEntries, maxBytes }: ArchiveLimits = DEFAULT_ARCHIVE_LIMITS,
    onProgress: (progress: ArchiveProgress) => void = () => undefined,
  ): AsyncGenerator<TarEntry> {
    const entries = extract();
    const aborter = new AbortController();
    const stages = [this.#file, createGunzip({ chunkSize: 2 ** 20 }), new Meter(maxBytes), entries] as const;
    const pumped = pipeline(...stages, { signal: aborter.signal });
    // A failure reaches the caller through the loop below, but there the streams may only say that they were destroyed.
    pumped.catch((error: Error) => {
      if (error.name !== "AbortError") this.#fault ??= error;
    });
    let count = 0;
    try {
      for await (const entry of entries) {
        this.#member = entry.header.name;
        if (++count > maxEntries) throw new LimitError(`it has more than ${maxEntries} members`);
        onProgress({ bytes: this.#file.bytesRead, entries: count });
        yield entry;
      }
      await pumped;
    } finally {
      aborter.abort();
    }
  }

  /** What went wrong while the archive was read or a member of it, as an error that says where. */
  explain(error: unknown): Error {
    const caught = error as NodeJS.ErrnoException;
    const destroyed = /stream was destroyed|premature close/i.test(caught.message);
    const cause: NodeJS.ErrnoException = (destroyed && this.#fault) || caught;
    // Of this package, or of the file system, which says enough.
    if (cause instanceof DataError || cause.syscall !== undefined || cause.name === "AbortError") return cause;
    const offset = this.#file.bytesRead;
    const member = this.#member.slice(0, 200);
    const place = member === "" ? "before the first member" : `in or after member ${JSON.stringify(member)}`;
    const at = `${place}, ${offset} bytes into the file`;
    const fault = (problem: string) => new CorruptArchiveError(`${this.#path}: ${problem}`, offset, cause);
    if (cause instanceof LimitError) return fault(`${cause.message} (${at})`);
    if (cause.code === "Z_BUF_ERROR" || /unexpected end/i.test(cause.message)) {
      return fault(`the archive ends early (${at}); download it again`);
    }
    if (/incorrect header check/.test(cause.message)) {
      return fault("expected a gzip archive, found another format; download it again");
    }
    return fault(`the archive cannot be read: ${cause.message.replace(/\s+/g, " ")} (${at}); download it again`);
  }
}

/**
 * Streams a `.tar.gz` and yields the members that `wanted` picks, whole, in the archive's order. Nothing is written to
 * disk. The bytes are the caller's own.
 *
 * @throws CorruptArchiveError, saying in or after which member.
 */
export async function* readTarGz(
  path: string,
  wanted: (name: string) => boolean,
): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  const archive = new TarGz(path);
  try {
    for await (const entry of archive.entries()) {
      const { name, type } = entry.header;
      if (wanted(name) && type === "file") yield { name, bytes: await collect(entry) };
      else entry.resume();
    }
  } catch (error) {
    throw archive.explain(error);
  }
}

async function collect(entry: TarEntry): Promise<Uint8Array> {
  const { size } = entry.header;
  if (size > MAX_MEMBER_BYTES) {
    throw new LimitError(`it claims ${size} bytes, more than the ${MAX_MEMBER_BYTES} that a batch may have`);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for await (const chunk of entry as AsyncIterable<Uint8Array>) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

import { createHash, type Hash } from "node:crypto";
import { once } from "node:events";
import { type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Writable } from "node:stream";
import { createGzip, type Gzip } from "node:zlib";
import { DataError } from "../errors.ts";

/** Another process has begun the same file since. */
export class OvertakenError extends DataError {
  override readonly name = "OvertakenError";
}

/**
 * A file that is nowhere until it is whole: written as `<path>.<process>.tmp`, synced, and renamed. What a process that
 * was killed left of it is removed first. Two processes at one file cannot mix: the later one removes the earlier
 * one's part, and that one fails when it renames.
 */
export class ShardFile {
  readonly path: string;
  readonly #part: string;
  readonly #file: FileHandle;
  readonly #hash: Hash = createHash("sha256");
  readonly #sink: Writable;
  readonly #gzip: Gzip | undefined;
  #bytes = 0;
  #failure: Error | undefined;

  private constructor(path: string, part: string, file: FileHandle, compression: "GZIP" | "NONE") {
    this.path = path;
    this.#part = part;
    this.#file = file;
    this.#sink = new Writable({
      highWaterMark: 2 ** 20,
      write: (chunk: Uint8Array, _, done) => void this.#append(chunk).then(() => done(), done),
    });
    this.#gzip = compression === "GZIP" ? createGzip() : undefined;
    this.#gzip?.pipe(this.#sink);
    this.#sink.on("error", (error) => {
      this.#failure = error;
      this.#gzip?.destroy(error);
    });
    this.#gzip?.on("error", () => undefined);
  }

  static async create(path: string, compression: "GZIP" | "NONE" = "NONE"): Promise<ShardFile> {
    await removeParts(path);
    const part = `${path}.${process.pid}.tmp`;
    return new ShardFile(path, part, await open(part, "wx"), compression);
  }

  /** @throws DataError when the disk is full, or refuses for another reason */
  async write(chunk: Uint8Array): Promise<void> {
    const first = this.#gzip ?? this.#sink;
    const error = await new Promise<Error | null | undefined>((done) => first.write(chunk, done));
    if (error ?? this.#failure) throw this.#told(this.#failure ?? error!);
  }

  async #append(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    await this.#file.appendFile(chunk);
    this.#bytes += chunk.length;
  }

  /** Puts the file in its place. Its folder is synced too, so that it is there after a power cut. */
  async commit(): Promise<{ bytes: number; sha256: string }> {
    try {
      (this.#gzip ?? this.#sink).end();
      if (!this.#sink.writableFinished && !this.#failure) await once(this.#sink, "finish");
      if (this.#failure) throw this.#failure;
      await this.#file.sync();
      await this.#file.close();
      await rename(this.#part, this.path);
      await syncFolder(dirname(this.path));
    } catch (error) {
      await this.abandon();
      throw this.#told(error as Error);
    }
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    this.#gzip?.destroy();
    this.#sink.destroy();
    await this.#file.close().catch(() => undefined);
    await rm(this.#part, { force: true });
  }

  #told(error: Error): Error {
    const { code } = error as NodeJS.ErrnoException;
    const kept = "finished shards are kept, and the same command goes on from there";
    if (code === "ENOSPC" || code === "EDQUOT") {
      return new DataError(
        `${this.path}: no space left on this disk after ${this.#bytes} bytes of it\n  hint: make room; ${kept}`,
        {
          cause: error,
        },
      );
    }
    if (code === "ENOENT") {
      return new OvertakenError(
        `${this.path}: another process writes this file\n  hint: give each process its own shards`,
        {
          cause: error,
        },
      );
    }
    return code === undefined
      ? error
      : new DataError(`${this.path}: cannot be written: ${error.message}`, { cause: error });
  }
}

/** Writes a small file in the same way. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const file = await ShardFile.create(path);
  try {
    await file.write(Buffer.from(text));
  } catch (error) {
    await file.abandon();
    throw error;
  }
  await file.commit();
}

/** Removes what killed processes left of a file. */
async function removeParts(path: string): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)];
  const parts = (await readdir(folder)).filter((each) => each.startsWith(`${name}.`) && /\.\d+\.tmp$/.test(each));
  for (const part of parts) await rm(join(folder, part), { force: true });
}

/** Not every platform opens folders; then there is nothing to be done. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

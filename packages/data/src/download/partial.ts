import { type FileHandle, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** What tells whether the file at a server is still the one that was begun. */
interface Origin {
  readonly url: string;
  /** A strong ETag, else the Last-Modified date; undefined when the server gave neither. */
  readonly validator?: string | undefined;
}

/**
 * A file on its way: `<target>.partial`, with its origin in `<target>.partial.json`, so that another process can go on
 * where one was killed. Not for two processes at once: what they mix fails the hash.
 */
export class PartialFile {
  readonly path: string;
  readonly #target: string;
  readonly #file: FileHandle;
  #size: number;
  #origin: Origin | undefined;
  /** Bytes that were there when this process began; 0 after a restart. */
  resumedAt: number;

  private constructor(target: string, file: FileHandle, size: number, origin: Origin | undefined) {
    this.path = `${target}.partial`;
    this.#target = target;
    this.#file = file;
    this.#size = size;
    this.#origin = origin;
    this.resumedAt = size;
  }

  static async open(target: string, url: string): Promise<PartialFile> {
    await mkdir(dirname(target), { recursive: true });
    const file = await open(`${target}.partial`, "a");
    const { size } = await file.stat();
    const partial = new PartialFile(target, file, size, await readOrigin(`${target}.partial.json`));
    if (partial.#origin?.url !== url) await partial.restart({ url });
    return partial;
  }

  get size(): number {
    return this.#size;
  }

  get validator(): string | undefined {
    return this.#origin?.validator;
  }

  /** Drops what came, and notes where the next bytes are from. */
  async restart(origin: Origin): Promise<void> {
    await this.#file.truncate(0);
    this.#size = 0;
    this.resumedAt = 0;
    this.#origin = origin;
    await writeFile(`${this.path}.json`, JSON.stringify(origin));
  }

  async append(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await this.#file.write(chunk, done);
      done += bytesWritten;
    }
    this.#size += chunk.length;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Moves the file to its place once its bytes are on the disk. */
  async commit(): Promise<void> {
    await this.#file.sync();
    await this.#file.close();
    await rename(this.path, this.#target);
    await rm(`${this.path}.json`, { force: true });
  }

  async discard(): Promise<void> {
    await rm(this.path, { force: true });
    await rm(`${this.path}.json`, { force: true });
  }
}

/** A file cut short by a kill counts as none. */
async function readOrigin(path: string): Promise<Origin | undefined> {
  try {
    const origin = JSON.parse(await readFile(path, "utf8")) as Partial<Origin> | null;
    if (typeof origin?.url !== "string") return undefined;
    return { url: origin.url, validator: typeof origin.validator === "string" ? origin.validator : undefined };
  } catch {
    return undefined;
  }
}

import type { Transform } from "node:stream";
import { createDeflate, createGunzip, createGzip, createInflate } from "node:zlib";
import { inflateChunks } from "../inflate.ts";
import type { Compression } from "../sniff.ts";

type Compressed = Exclude<Compression, "none">;

/** Compressed bytes that are decompressed at a time: what a bomb makes of them, a thousandfold, still fits. */
const PIECE_BYTES = 2 ** 15;
const OUTPUT_BYTES = 2 ** 17;

/** Node's zlib, on its own threads, step by step. */
class ZlibPump {
  readonly #stream: Transform & { readonly bytesWritten: number };
  #output: Uint8Array[] = [];
  #failure: Error | null = null;

  constructor(stream: Transform & { readonly bytesWritten: number }) {
    this.#stream = stream;
    stream.on("data", (chunk: Uint8Array) => this.#output.push(chunk));
    stream.on("error", (error) => {
      this.#failure = error;
    });
  }

  /** Bytes that were taken; none after the end of the compressed data. */
  get taken(): number {
    return this.#stream.bytesWritten;
  }

  /** Passes bytes on; when the promise holds, everything that they give is in `take`. */
  write(piece: Uint8Array): Promise<void> {
    return this.#step((done) => this.#stream.write(piece, done));
  }

  end(): Promise<void> {
    return this.#step((done) => {
      this.#stream.once("end", done);
      this.#stream.end();
    });
  }

  take(): Uint8Array[] {
    return this.#output.splice(0);
  }

  destroy(): void {
    this.#stream.destroy();
  }

  #step(action: (done: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#stream.once("error", reject);
      action(() => {
        this.#stream.removeListener("error", reject);
        if (this.#failure) reject(this.#failure);
        else resolve();
      });
    });
  }
}

/**
 * Decompresses a file on Node's threads.
 *
 * Where that fails, the file is read once more with {@link inflateChunks}, which gives every byte before the damage,
 * so that what can be read of a damaged file does not depend on who decompresses it.
 *
 * @param source the file's chunks from its beginning, each time it is called
 * @throws DecompressionError when the bytes are damaged, end too early, or are followed by others.
 */
export async function* inflateOnThreads(
  source: () => AsyncIterable<Uint8Array>,
  compression: Compressed,
): AsyncGenerator<Uint8Array, void, undefined> {
  let given = 0;
  try {
    for await (const chunk of pumped(source(), compression)) {
      given += chunk.length;
      yield chunk;
    }
  } catch (error) {
    if (!(error instanceof PumpError)) throw error;
    for await (const chunk of inflateChunks(source(), compression)) {
      const rest = chunk.subarray(Math.min(given, chunk.length));
      given -= chunk.length - rest.length;
      if (rest.length > 0) yield rest;
    }
  }
}

/** Node's zlib failed. */
class PumpError extends Error {}

async function* pumped(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compressed,
): AsyncGenerator<Uint8Array, void, undefined> {
  const options = { chunkSize: OUTPUT_BYTES };
  const pump = new ZlibPump(compression === "gzip" ? createGunzip(options) : createInflate(options));
  const fail = (cause?: unknown) => {
    throw new PumpError("zlib", { cause });
  };
  let given = 0;
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        const piece = chunk.subarray(at, at + PIECE_BYTES);
        given += piece.length;
        await pump.write(piece).catch(fail);
        yield* pump.take();
        if (pump.taken < given) fail();
      }
    }
    await pump.end().catch(fail);
    yield* pump.take();
  } finally {
    pump.destroy();
  }
}

/** Compresses what is written to a file, step by step. */
export function deflatePump(compression: Compressed, level: number): ZlibPump {
  const options = { level, chunkSize: OUTPUT_BYTES };
  return new ZlibPump(compression === "gzip" ? createGzip(options) : createDeflate(options));
}

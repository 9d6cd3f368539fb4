/** @file gzip and zlib in plain JavaScript, loaded when the first compressed byte comes. */
import type { ZStream } from "pako";
import { DecompressionError } from "./errors.ts";
import type { Compression } from "./sniff.ts";

type Compressed = Exclude<Compression, "none">;

/** Bytes that are decompressed at a time, whatever they grow from: a bomb takes no more memory. */
const OUTPUT_BYTES = 2 ** 17;

/** zlib's window bits: 32 KiB, plus 16 for gzip's wrapper. */
const windowBits: Record<Compressed, number> = { gzip: 31, zlib: 15 };

/**
 * Decompresses a stream. A gzip stream may have several members, one after the other.
 *
 * @throws DecompressionError when the bytes are damaged, end too early, or are followed by others.
 */
export async function* inflateChunks(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compressed,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pako = await import("pako");
  const stream = new pako.ZStream();
  pako.zlibInflateInit2(stream, windowBits[compression]);
  let ended = false;
  for await (const chunk of chunks) {
    stream.input = chunk;
    stream.next_in = 0;
    stream.avail_in = chunk.length;
    // A full output means that there may be more of it, even where the input is used up.
    for (let full = false; stream.avail_in > 0 || full; ) {
      if (ended) {
        if (compression !== "gzip" || chunk[stream.next_in] !== 0x1f) throw trailing(compression);
        pako.zlibInflateReset(stream);
      }
      const output = takeOutput(stream);
      const status = pako.zlibInflate(stream, pako.Z_NO_FLUSH);
      if (status !== pako.Z_OK && status !== pako.Z_STREAM_END && status !== pako.Z_BUF_ERROR) {
        throw damaged(compression, stream.msg);
      }
      if (stream.next_out > 0) yield output.subarray(0, stream.next_out);
      ended = status === pako.Z_STREAM_END;
      full = !ended && stream.avail_out === 0;
    }
  }
  if (!ended) throw cutShort(compression);
}

function takeOutput(stream: ZStream): Uint8Array {
  const output = new Uint8Array(OUTPUT_BYTES);
  stream.output = output;
  stream.next_out = 0;
  stream.avail_out = OUTPUT_BYTES;
  return output;
}

function damaged(compression: Compressed, detail: string): DecompressionError {
  return new DecompressionError(`the ${compression} data are damaged${detail ? `: ${detail}` : ""}`);
}

function cutShort(compression: Compressed): DecompressionError {
  return new DecompressionError(`the ${compression} data end too early`);
}

function trailing(compression: Compressed): DecompressionError {
  return new DecompressionError(`other bytes follow the ${compression} data`);
}

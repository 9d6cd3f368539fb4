import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { CorruptArchiveError } from "../errors.ts";

/** Well above any batch that the data sets have; a header that claims more would only exhaust memory. */
const MAX_MEMBER_BYTES = 2 ** 30;

/**
 * Streams a `.tar.gz` and yields the members that `wanted` picks, whole, in the archive's order. The archive is read
 * to its end, so that a truncated one is always noticed. Nothing is written to disk.
 */
export async function* readTarGz(
  path: string,
  wanted: (name: string) => boolean,
): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  const file = createReadStream(path, { highWaterMark: 2 ** 20 });
  const entries = extract();
  const aborter = new AbortController();
  const pumped = pipeline(file, createGunzip({ chunkSize: 2 ** 20 }), entries, { signal: aborter.signal });
  // The failure reaches the caller through the loop below; this one only keeps it from being reported as unhandled.
  pumped.catch(() => {});
  let member = "";
  try {
    for await (const entry of entries) {
      member = entry.header.name;
      const bytes =
        wanted(member) && entry.header.type === "file"
          ? await collect(entry as AsyncIterable<Uint8Array>, entry.header)
          : undefined;
      if (bytes) yield { name: member, bytes };
      else entry.resume();
    }
    await pumped;
  } catch (error) {
    throw explain(path, member, file.bytesRead, error);
  } finally {
    aborter.abort();
  }
}

async function collect(entry: AsyncIterable<Uint8Array>, header: Header): Promise<Uint8Array> {
  if (header.size > MAX_MEMBER_BYTES) {
    throw new Error(`it claims ${header.size} bytes, more than the ${MAX_MEMBER_BYTES} that a batch may have`);
  }
  const bytes = new Uint8Array(header.size);
  let offset = 0;
  for await (const chunk of entry) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function explain(path: string, member: string, offset: number, error: unknown): Error {
  const cause = error as Error & { code?: string };
  if (cause.code === "ENOENT" || cause.code === "EACCES" || cause.code === "EISDIR") return cause;
  const place = member === "" ? "before the first member" : `in or after member ${JSON.stringify(member)}`;
  const at = `${place}, ${offset} bytes into the file`;
  const problem =
    cause.code === "Z_BUF_ERROR" || /unexpected end/i.test(cause.message)
      ? `the archive ends early (${at})`
      : /incorrect header check/.test(cause.message)
        ? "expected a gzip archive, found another format"
        : `the archive cannot be read: ${cause.message.replace(/\s+/g, " ")} (${at})`;
  return new CorruptArchiveError(`${path}: ${problem}; download it again`, offset, cause);
}

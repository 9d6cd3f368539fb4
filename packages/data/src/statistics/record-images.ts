/** @file The images that TFRecord files hold. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip, createInflate } from "node:zlib";
import { decodeExample, decodeRecordStream, maskedCrc32c } from "@tessera/tfrecord";
import { CorruptArchiveError, CorruptRecordError } from "../errors.ts";

/** A record's image, and a name for it in messages. */
export interface RecordImage {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads `image_raw` of every record, checking CRCs; GZIP and ZLIB are told by their content.
 *
 * @param onBytes called with the number of bytes read from disk since the last call.
 * @throws CorruptRecordError naming file and record, where there is no `image_raw`; what the TFRecord reader throws
 */
export async function* recordImages(
  path: string,
  onBytes: (count: number) => void = () => undefined,
): AsyncGenerator<RecordImage, void, undefined> {
  for await (const { data, record, offset } of decodeRecordStream(await openRecords(path, onBytes), { source: path })) {
    const feature = decodeExample(data).get("image_raw");
    if (feature?.kind !== "bytes" || feature.values.length !== 1) {
      const got = feature ? `${feature.kind} of ${"values" in feature ? feature.values.length : 0}` : "none";
      throw new CorruptRecordError(
        `${path}: record ${record} at byte ${offset}: expected a feature image_raw of one byte string, got ${got}`,
        record,
      );
    }
    yield { name: `${path} record ${record}`, bytes: feature.values[0]! };
  }
}

async function openRecords(path: string, onBytes: (count: number) => void): Promise<AsyncIterable<Uint8Array>> {
  const compression = await compressionOf(path);
  const file = createReadStream(path, { highWaterMark: 2 ** 20 });
  file.on("data", (chunk) => onBytes(chunk.length));
  if (compression === "none") return file;
  const unpacked = compression === "gzip" ? createGunzip() : createInflate();
  file.on("error", (error) => unpacked.destroy(error));
  unpacked.on("error", () => file.destroy());
  return named(path, file, file.pipe(unpacked));
}

async function* named(path: string, file: { readonly bytesRead: number }, chunks: AsyncIterable<Uint8Array>) {
  try {
    yield* chunks;
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith("Z_")) throw error;
    const problem = (error as Error).message;
    throw new CorruptArchiveError(
      `${path}: cannot unpack it: ${problem} (near byte ${file.bytesRead})`,
      file.bytesRead,
      error,
    );
  }
}

/** A plain file's first twelve bytes check themselves, whatever its length field happens to look like. */
async function compressionOf(path: string): Promise<"none" | "gzip" | "zlib"> {
  const file = await open(path);
  const head = Buffer.alloc(12);
  try {
    await file.read(head, 0, 12, 0);
  } finally {
    await file.close();
  }
  if (maskedCrc32c(head.subarray(0, 8)) === head.readUInt32LE(8)) return "none";
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  return head[0] === 0x78 && head.readUInt16BE(0) % 31 === 0 ? "zlib" : "none";
}

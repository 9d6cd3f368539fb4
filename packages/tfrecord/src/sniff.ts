/** @file What a file is, by its first bytes. */
import { maskedCrc32c } from "./crc32c.ts";

/** How the bytes of a source are compressed as a whole: tf.io's GZIP and ZLIB, or not at all. */
export type Compression = "none" | "gzip" | "zlib";

/** The length of a record and the checksum of that length, which every frame begins with. */
export const HEADER_BYTES = 12;

/**
 * How a source is compressed, from its first twelve bytes (fewer where it is shorter).
 *
 * A length may begin with gzip's or zlib's magic number, so a header whose checksum holds is a record's, whatever its
 * first bytes look like.
 */
export function detectCompression(start: Uint8Array): Compression {
  if (beginsWithRecord(start)) return "none";
  const [first = 0, second = 0, third = 0] = start;
  if (first === 0x1f && second === 0x8b && third === 8) return "gzip";
  // zlib's header: deflate with a 32 KiB window, and a check value that makes the pair a multiple of 31.
  if (first === 0x78 && (first * 256 + second) % 31 === 0) return "zlib";
  return "none";
}

function beginsWithRecord(start: Uint8Array): boolean {
  if (start.length < HEADER_BYTES) return false;
  const view = new DataView(start.buffer, start.byteOffset, HEADER_BYTES);
  return view.getUint32(8, true) === maskedCrc32c(start.subarray(0, 8));
}

/** What a source is that does not begin as records do. */
export function hintAbout(start: Uint8Array): string {
  const compression = detectCompression(start);
  if (compression !== "none") {
    return `it looks compressed with ${compression}, which decodeRecordStream and openTfRecord decompress`;
  }
  const text = String.fromCharCode(...start);
  if (text.startsWith("version http")) return "it looks like a Git LFS pointer, not like the file itself: git lfs pull";
  const isText = start.length > 0 && /^[\t\n\r -~]+$/.test(text);
  return isText ? "it is text, not a TFRecord file" : "is it a TFRecord file?";
}

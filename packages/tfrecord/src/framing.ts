import { maskedCrc32c } from "./crc32c.ts";
import { CorruptRecordError, type RecordPlace, TfRecordError } from "./errors.ts";
import { plainBytes } from "./plain-bytes.ts";

/** Length (u64, little-endian) and the masked CRC-32C of those eight bytes. */
export const HEADER_BYTES = 12;
/** The masked CRC-32C of the data. */
export const FOOTER_BYTES = 4;

/** One record, and where it was found. */
export interface TfRecord {
  /** What was written, without its frame. */
  readonly data: Uint8Array;
  /** Index of the record in its source, from 0. */
  readonly record: number;
  /** Byte of the source at which the record's frame begins. */
  readonly offset: number;
}

/** Options of readers. */
export interface RecordOptions {
  /** Name of the file or stream, for messages. Default: "TFRecord". */
  readonly source?: string;
  /** The longest record to accept, in bytes of data. Default: 2²⁸ (256 MiB). */
  readonly maxRecordBytes?: number;
}

/** {@link RecordOptions}, checked and complete. */
export type RecordLimits = Required<RecordOptions>;

const DEFAULT_MAX_RECORD_BYTES = 2 ** 28;

/** Checks a reader's options and fills in their defaults. */
export function recordLimits({
  source = "TFRecord",
  maxRecordBytes = DEFAULT_MAX_RECORD_BYTES,
}: RecordOptions): RecordLimits {
  if (!Number.isSafeInteger(maxRecordBytes) || maxRecordBytes < 0) {
    throw new TfRecordError(`maxRecordBytes: expected an integer from 0 to 2^53 − 1, got ${maxRecordBytes}`);
  }
  return { source, maxRecordBytes };
}

/**
 * Frames a record: `length: u64, masked CRC of the length: u32, data, masked CRC of the data: u32`, little-endian.
 * A TFRecord file is nothing but frames, one after the other.
 *
 * @see https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 */
export function encodeRecord(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEADER_BYTES + data.length + FOOTER_BYTES);
  const view = new DataView(frame.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(frame.subarray(0, 8)), true);
  frame.set(data, HEADER_BYTES);
  view.setUint32(HEADER_BYTES + data.length, maskedCrc32c(data), true);
  return frame;
}

/**
 * Reads the records of a file held in memory. Their data are views into `file`.
 *
 * @throws CorruptRecordError at the first record that is not as it was written.
 *
 * @example
 * for (const { data } of decodeRecords(await readFile("train.tfrecord"), { source: "train.tfrecord" })) {
 *   const example = decodeExample(data);
 * }
 */
export function* decodeRecords(file: Uint8Array, options: RecordOptions = {}): Generator<TfRecord, void, undefined> {
  const limits = recordLimits(options);
  const bytes = plainBytes(file);
  for (let offset = 0, record = 0; offset < bytes.length; record++) {
    const place = { source: limits.source, record, offset };
    const length = dataLength(bytes.subarray(offset, offset + HEADER_BYTES), place, limits);
    const begin = offset + HEADER_BYTES;
    const end = begin + length + FOOTER_BYTES;
    yield { data: checkedData(bytes.subarray(begin, end), length, place), record, offset };
    offset = end;
  }
}

/**
 * The length that a frame's header states, checked before anything of that size is read or allocated.
 *
 * @param header its twelve bytes, or as many as the source has left
 */
export function dataLength(header: Uint8Array, place: RecordPlace, { maxRecordBytes }: RecordLimits): number {
  if (header.length < HEADER_BYTES) {
    throw new CorruptRecordError(
      `truncated: expected ${HEADER_BYTES} bytes of header, have ${header.length}`,
      place,
      hintAbout(header, place),
    );
  }
  const view = new DataView(header.buffer, header.byteOffset, HEADER_BYTES);
  const checksum = { expected: view.getUint32(8, true), got: maskedCrc32c(header.subarray(0, 8)) };
  if (checksum.expected !== checksum.got) {
    throw new CorruptRecordError(`the length's checksum differs: ${differs(checksum)}`, place, {
      ...checksum,
      ...hintAbout(header, place),
    });
  }
  const length = view.getBigUint64(0, true);
  if (length > BigInt(maxRecordBytes)) {
    throw new CorruptRecordError(`expected at most maxRecordBytes = ${maxRecordBytes} bytes, found ${length}`, place);
  }
  return Number(length);
}

/**
 * A record's data, if they are those that were written.
 *
 * @param body data and footer, or as much as the source has left
 */
export function checkedData(body: Uint8Array, length: number, place: RecordPlace): Uint8Array {
  if (body.length < length + FOOTER_BYTES) {
    throw new CorruptRecordError(
      `truncated: expected ${length + FOOTER_BYTES} bytes after the header, have ${body.length}`,
      place,
    );
  }
  const data = body.subarray(0, length);
  const expected = new DataView(body.buffer, body.byteOffset + length, FOOTER_BYTES).getUint32(0, true);
  const checksum = { expected, got: maskedCrc32c(data) };
  if (checksum.expected !== checksum.got) {
    throw new CorruptRecordError(`the data's checksum differs: ${differs(checksum)}`, place, checksum);
  }
  return data;
}

function differs({ expected, got }: { readonly expected: number; readonly got: number }): string {
  return `expected ${hex(expected)}, got ${hex(got)}`;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}

/** What a file is that does not even begin as a TFRecord. */
function hintAbout(start: Uint8Array, { record }: RecordPlace): { readonly hint?: string } {
  if (record > 0) return {};
  const [first = 0, second = 0] = start;
  if (first === 0x1f && second === 0x8b) return { hint: "it is compressed with gzip; decompress it first" };
  // zlib's header: deflate with a 32 KiB window, and a check value that makes the pair a multiple of 31.
  if (first === 0x78 && (first * 256 + second) % 31 === 0) {
    return { hint: "it looks compressed with zlib; decompress it first" };
  }
  const text = String.fromCharCode(...start);
  if (text.startsWith("version http")) return { hint: "it looks like a Git LFS pointer, not like the file itself" };
  const isText = start.length > 0 && /^[\t\n\r -~]+$/.test(text);
  return { hint: isText ? "it is text, not a TFRecord file" : "is it a TFRecord file?" };
}

import { maskedCrc32c } from "./crc32c.ts";
import { CorruptRecordError, quote, type RecordPlace, TfRecordError } from "./errors.ts";
import { HEADER_BYTES, hintAbout } from "./sniff.ts";

/** The masked CRC-32C of the data. */
const FOOTER_BYTES = 4;
/** What a frame takes beside its data. */
export const FRAME_BYTES = HEADER_BYTES + FOOTER_BYTES;

/** One record, and where it was found. */
export interface TfRecord extends RecordPlace {
  /** What was written, without its frame. */
  readonly data: Uint8Array;
}

/** What recovery had to leave out. */
export interface RecordLoss extends RecordPlace {
  /** The first byte after the damage; `null` where what follows cannot be decompressed, and is lost to its end. */
  readonly end: number | null;
  /** Records lost: 1 where exactly one frame was skipped, else an estimate from the size of the records before. */
  readonly estimatedRecords: number;
  /** What was wrong at `offset`. */
  readonly reason: string;
}

/** Options of readers. */
export interface RecordOptions {
  /** Name of the file or stream, for messages. Default: "TFRecord". */
  readonly source?: string;
  /** The longest record to accept, in bytes of data. Default: 2²⁸ (256 MiB). */
  readonly maxRecordBytes?: number;
  /** Check the checksum of the data. That of the length is checked always. Default: true. */
  readonly verifyChecksums?: boolean;
  /**
   * Skip damage instead of throwing: reading goes on at the next record whose checksums both hold, and this function is
   * told what was lost, before that record comes. Default: the first damage throws.
   */
  readonly onLoss?: (loss: RecordLoss) => void;
  /** With `onLoss`: bytes of one damage to search for the next record before giving up. Default: 2³⁰ (1 GiB). */
  readonly maxSkipBytes?: number;
}

/** {@link RecordOptions}, checked and complete. */
export interface RecordLimits {
  readonly source: string;
  readonly maxRecordBytes: number;
  readonly verifyChecksums: boolean;
  readonly onLoss: ((loss: RecordLoss) => void) | undefined;
  readonly maxSkipBytes: number;
}

const DEFAULT_MAX_RECORD_BYTES = 2 ** 28;
const DEFAULT_MAX_SKIP_BYTES = 2 ** 30;

/** Checks a reader's options and fills in their defaults. */
export function recordLimits({
  source = "TFRecord",
  maxRecordBytes = DEFAULT_MAX_RECORD_BYTES,
  verifyChecksums = true,
  onLoss,
  maxSkipBytes = DEFAULT_MAX_SKIP_BYTES,
}: RecordOptions): RecordLimits {
  checkInteger("maxRecordBytes", maxRecordBytes, 0);
  checkInteger("maxSkipBytes", maxSkipBytes, 0);
  return { source, maxRecordBytes, verifyChecksums, onLoss, maxSkipBytes };
}

/** Refuses another compression than the known ones: a wrong name must not become a wrong file. */
export function checkCompression(given: string, ...also: readonly string[]): void {
  const known = ["none", "gzip", "zlib", ...also];
  if (known.includes(given)) return;
  throw new TfRecordError(`compression: expected one of ${known.join(", ")}, got ${quote(String(given))}`);
}

/** Refuses what is not an integer from `least` to `most`. */
export function checkInteger(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const end = most === Number.MAX_SAFE_INTEGER ? "2^53 − 1" : `${most}`;
  throw new TfRecordError(`${name}: expected an integer from ${least} to ${end}, got ${value}`);
}

/**
 * Frames a record: `length: u64, masked CRC of the length: u32, data, masked CRC of the data: u32`, little-endian.
 * A TFRecord file is nothing but frames, one after the other.
 *
 * @see https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 */
export function encodeRecord(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(FRAME_BYTES + data.length);
  writeFrame(frame, 0, data);
  return frame;
}

/** Writes a frame into `target`, which must have room for it, and returns where it ends. */
export function writeFrame(target: Uint8Array, at: number, data: Uint8Array): number {
  const view = new DataView(target.buffer, target.byteOffset, target.length);
  view.setUint32(at, data.length % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(data.length / 2 ** 32), true);
  view.setUint32(at + 8, maskedCrc32c(target.subarray(at, at + 8)), true);
  target.set(data, at + HEADER_BYTES);
  view.setUint32(at + HEADER_BYTES + data.length, maskedCrc32c(data), true);
  return at + FRAME_BYTES + data.length;
}

/**
 * The length that a frame's header states, checked before anything of that size is read or allocated.
 *
 * @param header its twelve bytes, or as many as the source has left
 */
export function dataLength(
  header: Uint8Array,
  place: RecordPlace,
  { maxRecordBytes }: Pick<RecordLimits, "maxRecordBytes">,
): number {
  const hint = place.record === 0 && place.offset === 0 ? { hint: hintAbout(header) } : {};
  if (header.length < HEADER_BYTES) {
    const problem = `truncated: expected ${HEADER_BYTES} bytes of header, have ${header.length}`;
    throw new CorruptRecordError(problem, place, hint);
  }
  const view = new DataView(header.buffer, header.byteOffset, HEADER_BYTES);
  const checksum = { expected: view.getUint32(8, true), got: maskedCrc32c(header.subarray(0, 8)) };
  if (checksum.expected !== checksum.got) {
    const problem = `the length's checksum differs: ${differs(checksum)}`;
    throw new CorruptRecordError(problem, place, { ...checksum, ...hint });
  }
  const length = view.getUint32(0, true) + 2 ** 32 * view.getUint32(4, true);
  if (length > maxRecordBytes) {
    const stated = view.getBigUint64(0, true);
    throw new CorruptRecordError(`expected at most maxRecordBytes = ${maxRecordBytes} bytes, found ${stated}`, place);
  }
  return length;
}

/**
 * A record's data, if they are those that were written.
 *
 * @param frame the whole frame, or as much as the source has left
 */
export function checkedData(
  frame: Uint8Array,
  length: number,
  place: RecordPlace,
  { verifyChecksums }: Pick<RecordLimits, "verifyChecksums">,
): Uint8Array {
  if (frame.length < length + FRAME_BYTES) {
    const problem = `truncated: expected ${length + FOOTER_BYTES} bytes after the header, have ${frame.length - HEADER_BYTES}`;
    throw new CorruptRecordError(problem, place);
  }
  const end = HEADER_BYTES + length;
  const data = frame.subarray(HEADER_BYTES, end);
  if (!verifyChecksums) return data;
  const checksum = { expected: storedChecksum(frame, end), got: maskedCrc32c(data) };
  if (checksum.expected !== checksum.got) {
    throw new CorruptRecordError(`the data's checksum differs: ${differs(checksum)}`, place, checksum);
  }
  return data;
}

/** The unsigned 32-bit integer at a byte. */
function storedChecksum(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function differs({ expected, got }: { readonly expected: number; readonly got: number }): string {
  return `expected ${hex(expected)}, got ${hex(got)}`;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}

import type { Compression } from "./sniff.ts";

/** Anything that this package refuses. The message is one line: what was read or called, what was expected, what came. */
export class TfRecordError extends Error {
  override readonly name: string = "TfRecordError";
}

/** A message that breaks protobuf's wire format, or lies outside of what its type can hold here. */
export class ProtobufError extends TfRecordError {
  override readonly name = "ProtobufError";
  /** What is wrong, without its place. */
  readonly problem: string;
  /** Byte offset of the fault within the message that was decoded. */
  readonly offset: number;
  /** Where the record stands that holds the message, if that is known. */
  readonly place: RecordPlace | undefined;

  constructor(problem: string, offset: number, place?: RecordPlace) {
    super(`${place ? placeText(place) : "protobuf"}: ${problem} (at byte ${offset} of the message)`);
    this.problem = problem;
    this.offset = offset;
    this.place = place;
  }
}

/** Where a record stands. */
export interface RecordPlace {
  /** Name of the file or stream, for messages. */
  readonly source: string;
  /** Index of the record in its source, from 0. */
  readonly record: number;
  /** Byte at which the record's frame begins: of the source or, where that is compressed, of what it decompresses to. */
  readonly offset: number;
  /** How the source is compressed. */
  readonly compression: Compression;
}

/** What a {@link CorruptRecordError} may say beside its problem. */
export interface CorruptRecordDetails {
  /** The checksum that the file holds, masked as it is stored. */
  readonly expected?: number;
  /** The checksum of the bytes that were read, masked likewise. */
  readonly got?: number;
  /** What to do about it. */
  readonly hint?: string;
}

/**
 * A record that is not as it was written: a checksum that differs, a frame that ends too early, a length that cannot
 * be right. The message names source, record and byte offset.
 */
export class CorruptRecordError extends TfRecordError implements RecordPlace {
  override readonly name = "CorruptRecordError";
  readonly source: string;
  readonly record: number;
  readonly offset: number;
  readonly compression: Compression;
  /** What is wrong with the record, without its place. */
  readonly problem: string;
  /** The checksum that the file holds, masked as it is stored, when checksums differ. */
  readonly expected: number | undefined;
  /** The checksum of the bytes that were read, masked likewise, when checksums differ. */
  readonly got: number | undefined;

  constructor(problem: string, place: RecordPlace, details: CorruptRecordDetails = {}) {
    const hint = details.hint === undefined ? "" : `\n  hint: ${details.hint}`;
    super(`${placeText(place)}: ${problem}${hint}`);
    this.source = place.source;
    this.record = place.record;
    this.offset = place.offset;
    this.compression = place.compression;
    this.problem = problem;
    this.expected = details.expected;
    this.got = details.got;
  }
}

/** A feature that a schema does not allow: missing, of another kind, of another length, or out of range. */
export class FeatureError extends TfRecordError {
  override readonly name = "FeatureError";
  /** Name of the feature. */
  readonly feature: string;
  /** Where the record stands, if that is known. */
  readonly place: RecordPlace | undefined;

  constructor(feature: string, problem: string, place?: RecordPlace) {
    super(`${place ? `${placeText(place)}: ` : ""}feature ${quote(feature)}: ${problem}`);
    this.feature = feature;
    this.place = place;
  }
}

/** Compressed bytes that cannot be decompressed: damaged, cut short, or followed by something else. */
export class DecompressionError extends TfRecordError {
  override readonly name = "DecompressionError";
}

/** `train.tfrecord: record 3 (at byte 56)`; an offset into what a file decompresses to says so. */
function placeText({ source, record, offset, compression }: RecordPlace): string {
  const where = compression === "none" ? "" : ` of the decompressed ${compression} data`;
  return `${source}: record ${record} (at byte ${offset}${where})`;
}

/** Text from outside as it may appear in a message: on one line, and not longer than a reader wants. */
export function quote(text: string): string {
  const shown = JSON.stringify(text);
  return shown.length <= 100 ? shown : `${shown.slice(0, 96)}…"`;
}

/**
 * Something is wrong with the data, or with what was asked of it. The message is one line: what was read or called,
 * what was expected, what came, and what to do about it.
 *
 * A new class is made only where a caller may want to act differently.
 */
export class DataError extends Error {
  override readonly name: string = "DataError";
}

/** An argument that cannot be used. */
export class ArgumentError extends DataError {
  override readonly name = "ArgumentError";
}

/** A file, a folder, or a member of an archive that is not there. */
export class MissingDataError extends DataError {
  override readonly name = "MissingDataError";
}

/** An archive that cannot be read to its end: truncated, not gzip, not tar. */
export class CorruptArchiveError extends DataError {
  override readonly name = "CorruptArchiveError";
  /** Bytes of the archive as it lies on disk that were read before the fault. */
  readonly offset: number;

  constructor(message: string, offset: number, cause?: unknown) {
    super(message, { cause });
    this.offset = offset;
  }
}

/** A record whose contents cannot be right: a short row, a missing label, a label out of range. */
export class CorruptRecordError extends DataError {
  override readonly name = "CorruptRecordError";
  /** Index of the record in its file, from 0, when the fault lies in one record. */
  readonly record: number | undefined;

  constructor(message: string, record?: number, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.record = record;
  }
}

/** Text from outside as it may appear in a message: on one line, and not longer than a reader wants. */
export function quote(text: string): string {
  const shown = JSON.stringify(text);
  return shown.length <= 100 ? shown : `${shown.slice(0, 96)}…"`;
}

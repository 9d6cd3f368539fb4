/** @file Typed errors. A message is one line, `what: sentence`; hints follow on lines of their own. */

/** What an error may carry besides its sentence. */
export interface ErrorDetails {
  /** What the reader can do about it, one line each. */
  readonly hints?: readonly string[];
  readonly cause?: unknown;
}

/** Base of every error that this package throws on purpose. */
export class TesseraError extends Error {
  /** Spelled out in every class, because bundlers shorten the names of classes. */
  override readonly name: string = "TesseraError";
  /** What the reader can do about it. */
  readonly hints: readonly string[];

  constructor(sentence: string, { hints = [], cause }: ErrorDetails = {}) {
    super(
      [sentence, ...hints.map((hint) => `  hint: ${hint}`)].join("\n"),
      cause === undefined ? undefined : { cause },
    );
    this.hints = hints;
  }
}

/** Shapes that do not fit an op or each other. */
export class ShapeError extends TesseraError {
  override readonly name: string = "ShapeError";
}

/** A dtype that an op does not take. */
export class DTypeError extends TesseraError {
  override readonly name: string = "DTypeError";
}

/** An argument outside its range. */
export class ArgumentError extends TesseraError {
  override readonly name: string = "ArgumentError";
}

/** A device that is missing, lost, out of memory, or whose kernel failed. */
export class DeviceError extends TesseraError {
  override readonly name: string = "DeviceError";
}

/** A tensor used after its memory was given back, or a scope used in a way it does not allow. */
export class ScopeError extends TesseraError {
  override readonly name: string = "ScopeError";
}

import type { NumpyArray } from "./numpy.ts";

/** What can be a key of a dict. Python's bytes, and the str of Python 2, become text, one character a byte. */
export type PickleKey = null | boolean | number | bigint | string;

/**
 * A Python value. None is null; an int is a number, or a bigint past 2⁵³; bytes, and the str of Python 2, are a
 * `Uint8Array`; a list and a tuple are arrays; a dict is a `Map`; a numpy scalar is a number, a bigint or a boolean.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | NumpyArray
  | PickleValue[]
  | Map<PickleKey, PickleValue>;

/** Bounds on what a pickle may make its reader do. */
export interface PickleLimits {
  /** Values waiting on the stack. Default 8 388 608. */
  readonly stack: number;
  /** Values remembered for later use. Default 8 388 608. */
  readonly memo: number;
  /** Containers inside containers. Default 64. */
  readonly depth: number;
  /** Bytes that arrays, and keys made of bytes, may take beyond four times the pickle's own length. Default 67 108 864. */
  readonly bytes: number;
}

/**
 * What the str of Python 2 becomes, as with Python's `pickle.load(file, encoding=…)`: bytes, or text in one of these
 * encodings, of which `ASCII` is Python's own default.
 */
export type PickleEncoding = "bytes" | "latin1" | "ASCII" | "utf-8";

export const DEFAULT_LIMITS: PickleLimits = { stack: 2 ** 23, memo: 2 ** 23, depth: 64, bytes: 2 ** 26 };

/** A bound on numbers written in digits: their parsing takes quadratic time. */
export const MAX_DIGITS = 1024;

import { TfRecordError } from "./errors.ts";
import { bytesFeature, type Feature, floatFeature, int64Feature } from "./example.ts";
import { checkInteger } from "./framing.ts";

type Kind = Exclude<Feature["kind"], "unset">;

/** How many values a feature has: `null` any number, `[]` one, `[a, b, …]` a·b·…. */
type Shape = readonly number[] | null;

/**
 * What a schema says of one feature, as {@link int64}, {@link float}, {@link bytes} and {@link text} make it.
 *
 * @typeParam T what the feature is in a parsed record
 * @typeParam Input what it may be in a record to serialize
 */
export interface FeatureSpec<T, Input = T> {
  readonly kind: Kind;
  readonly shape: Shape;
  /** Makes a value of a feature that has the right kind and length. @throws TfRecordError naming the value. */
  readonly fromFeature: (feature: Feature) => T;
  /** The opposite way. @throws TfRecordError naming the value. */
  readonly toFeature: (value: Input) => Feature;
  /** What stands for a missing feature; makes a new one each time. */
  readonly makeDefault: (() => T) | undefined;
}

/** One value. */
interface One<T> {
  readonly shape?: readonly [];
  readonly varLen?: false;
  /** What stands for a missing feature. Default: a missing feature is an error. */
  readonly default?: T;
}

/** As many values as the shape holds, row by row. */
interface Fixed<T> {
  readonly shape: readonly number[];
  readonly varLen?: false;
  /** What stands for a missing feature: one value for all, or all of them. Default: a missing feature is an error. */
  readonly default?: T | ArrayLike<T>;
}

/** Any number of values; a missing feature has none. */
interface VarLen {
  readonly varLen: true;
  readonly shape?: undefined;
  readonly default?: undefined;
}

type AnyOptions = One<unknown> | Fixed<unknown> | VarLen;

/** A list of values in a feature, and one value in it, whichever they are. */
interface Codec<T, List extends ArrayLike<T>> {
  readonly kind: Kind;
  readonly list: (feature: Feature) => List;
  readonly feature: (values: ArrayLike<T>) => Feature;
}

/** A spec, whichever its number of values; the callers' overloads say which type it has. */
function spec<T, List extends ArrayLike<T>>(
  name: string,
  { kind, list, feature }: Codec<T, List>,
  options: AnyOptions,
): FeatureSpec<T | List, T | ArrayLike<T>> {
  const shape = options.varLen ? null : (options.shape ?? []);
  for (const size of shape ?? []) checkInteger(`${name}: shape`, size, 1);
  if (options.varLen && (options.shape !== undefined || options.default !== undefined)) {
    throw new TfRecordError(`${name}: expected varLen alone, got it with shape or default`);
  }
  const isScalar = shape?.length === 0;
  const all = isScalar
    ? (value: T | ArrayLike<T>) => feature([value as T])
    : (value: T | ArrayLike<T>) => feature(value as ArrayLike<T>);
  const fromFeature = isScalar ? (found: Feature) => list(found)[0]! : list;
  const makeDefault = defaultOf(name, shape, options.default as T | ArrayLike<T> | undefined, (values) =>
    fromFeature(feature(values)),
  );
  return { kind, shape, fromFeature, toFeature: all, makeDefault };
}

function defaultOf<T, R>(
  name: string,
  shape: Shape,
  given: T | ArrayLike<T> | undefined,
  make: (values: ArrayLike<T>) => R,
): (() => R) | undefined {
  if (shape === null) return () => make([]);
  if (given === undefined) return undefined;
  const count = countOf(shape);
  // Bytes are a value that has a length itself.
  const isList = shape.length > 0 && typeof given === "object" && !(given instanceof Uint8Array);
  const values = isList ? (given as ArrayLike<T>) : Array<T>(count).fill(given as T);
  if (values.length !== count) {
    throw new TfRecordError(`${name}: default: expected ${count} values for [${shape}], got ${values.length}`);
  }
  make(values);
  return () => make(values);
}

/** Values that a shape holds. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A feature whose kind was checked. */
type Of<K extends Kind> = Extract<Feature, { readonly kind: K }>;

const bigints: Codec<bigint, BigInt64Array> = {
  kind: "int64",
  list: (feature) => (feature as Of<"int64">).values,
  feature: (values) => int64Feature(values instanceof BigInt64Array ? values : Array.from(values)),
};

const integers: Codec<number, number[]> = {
  kind: "int64",
  list: (feature) => Array.from((feature as Of<"int64">).values, safeNumber),
  feature: (values) => int64Feature(Array.from(values)),
};

function safeNumber(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new TfRecordError(`expected integers within ±(2^53 − 1), as: "number" holds no others, got ${value}`);
}

const floats: Codec<number, Float32Array> = {
  kind: "float",
  list: (feature) => (feature as Of<"float">).values,
  feature: (values) => floatFeature(values instanceof Float32Array ? values : Array.from(values)),
};

const byteStrings: Codec<Uint8Array, readonly Uint8Array[]> = {
  kind: "bytes",
  list: (feature) => (feature as Of<"bytes">).values,
  feature: (values) => bytesFeature(...Array.from(values)),
};

const utf8 = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const texts: Codec<string, string[]> = {
  kind: "bytes",
  list: (feature) => (feature as Of<"bytes">).values.map(decodeText),
  feature: (values) => bytesFeature(...Array.from(values)),
};

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new TfRecordError("expected text in UTF-8, got other bytes", { cause });
  }
}

/** Integers as numbers instead of bigints. */
interface AsNumber {
  readonly as: "number";
}

/** Integers as bigints, which hold all of them. */
interface AsBigint {
  readonly as?: "bigint";
}

/**
 * A feature of 64-bit integers.
 *
 * One value by default, a bigint; `shape: [a, b, …]` for exactly a·b·… values row by row, `varLen: true` for any number
 * of them, both a BigInt64Array. `as: "number"` gives a number (number[]) instead, and refuses an integer past
 * ±(2⁵³ − 1) instead of rounding it.
 *
 * TensorFlow's `FixedLenFeature(shape, tf.int64, default_value)` and `VarLenFeature(tf.int64)`.
 *
 * @throws TfRecordError when the shape or the default cannot be.
 */
export function int64(options: One<number> & AsNumber): FeatureSpec<number>;
export function int64(options: (Fixed<number> | VarLen) & AsNumber): FeatureSpec<number[], ArrayLike<number>>;
export function int64(options?: One<bigint> & AsBigint): FeatureSpec<bigint>;
export function int64(options: (Fixed<bigint> | VarLen) & AsBigint): FeatureSpec<BigInt64Array, ArrayLike<bigint>>;
export function int64(options: AnyOptions & (AsNumber | AsBigint) = {}): FeatureSpec<unknown, never> {
  return options.as === "number" ? spec("int64", integers, options) : spec("int64", bigints, options);
}

/**
 * A feature of float32 values: one number by default; with a `shape` or `varLen: true` a Float32Array.
 *
 * TensorFlow's `FixedLenFeature(shape, tf.float32, default_value)` and `VarLenFeature(tf.float32)`.
 *
 * @throws TfRecordError when the shape or the default cannot be.
 */
export function float(options?: One<number>): FeatureSpec<number>;
export function float(options: Fixed<number> | VarLen): FeatureSpec<Float32Array, ArrayLike<number>>;
export function float(options: AnyOptions = {}): FeatureSpec<unknown, never> {
  return spec("float", floats, options);
}

/**
 * A feature of byte strings: one Uint8Array by default, a view into the record; with a `shape` or `varLen: true` a list
 * of them.
 *
 * TensorFlow's `FixedLenFeature(shape, tf.string, default_value)` and `VarLenFeature(tf.string)`.
 *
 * @throws TfRecordError when the shape or the default cannot be.
 */
export function bytes(options?: One<Uint8Array>): FeatureSpec<Uint8Array>;
export function bytes(options: Fixed<Uint8Array> | VarLen): FeatureSpec<readonly Uint8Array[], ArrayLike<Uint8Array>>;
export function bytes(options: AnyOptions = {}): FeatureSpec<unknown, never> {
  return spec("bytes", byteStrings, options);
}

/**
 * {@link bytes} that are text in UTF-8: one string by default; with a `shape` or `varLen: true` a list of them. Other
 * bytes are an error.
 *
 * @throws TfRecordError when the shape or the default cannot be.
 */
export function text(options?: One<string>): FeatureSpec<string>;
export function text(options: Fixed<string> | VarLen): FeatureSpec<string[], ArrayLike<string>>;
export function text(options: AnyOptions = {}): FeatureSpec<unknown, never> {
  return spec("text", texts, options);
}

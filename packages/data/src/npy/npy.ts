import { show } from "../arguments.ts";
import { ArgumentError, quote } from "../errors.ts";
import { PickleError } from "../pickle/errors.ts";
import { NumpyArray, type NumpyData, NumpyDtype } from "../pickle/numpy.ts";
import { unpickle } from "../pickle/unpickle.ts";
import { NpyError } from "./errors.ts";
import { readHeader, writeHeader } from "./header.ts";

export interface NpyReadOptions {
  /** Also reads arrays of objects, which are pickles inside; nothing in them is executed. Default: false. */
  readonly allowPickle?: boolean;
  /** What errors call the file. Default: "npy". */
  readonly source?: string;
}

/**
 * Reads a `.npy` file, versions 1 to 3: numbers of any type and byte order, bools, complex numbers, text and bytes, in
 * row-major or Fortran order; row-major comes out. With `allowPickle` arrays of objects, by this package's own pickle
 * reader.
 *
 * @param bytes the file. A row-major array of uint8 or int8 in the result is a view of it.
 * @throws NpyError naming what was expected and what came; PickleError for an array of objects that is damaged.
 *
 * @example
 * const { shape, data } = readNpy(await readFile("x_train.npy"));
 */
export function readNpy(bytes: Uint8Array, { allowPickle = false, source = "npy" }: NpyReadOptions = {}): NumpyArray {
  const { descr, fortran, shape, offset } = readHeader(bytes, source);
  const dtype = NumpyDtype.named(descr);
  if (!dtype) {
    throw new NpyError(`${source}: expected elements that are numbers, text or objects, found ${quote(descr)}`);
  }
  const body = bytes.subarray(offset);
  if (dtype.isObject) return readObjects(body, allowPickle, source);
  const array = new NumpyArray();
  const problem = array.fill(dtype, shape, body, fortran);
  if (problem !== undefined) throw new NpyError(`${source}: at byte ${offset}: ${problem}`);
  return array;
}

function readObjects(body: Uint8Array, allowPickle: boolean, source: string): NumpyArray {
  if (!allowPickle) {
    throw new NpyError(
      `${source}: holds objects, as a pickle\n  hint: allowPickle reads it; nothing in it is executed`,
    );
  }
  try {
    const value = unpickle(body);
    if (value instanceof NumpyArray) return value;
  } catch (error) {
    throw error instanceof PickleError ? error.within(source) : error;
  }
  throw new NpyError(`${source}: expected the pickle of an array, found another value`);
}

/** An array to be written: row-major. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** Numbers, or text. */
  readonly data: NumpyData | Uint8ClampedArray | readonly string[];
  /**
   * Element type without byte order, where it is not the typed array's own: `b1` for bools in a Uint8Array, `f2` for
   * the bits of float16 in a Uint16Array, `c8` and `c16` for complex numbers.
   */
  readonly dtype?: string;
}

/**
 * Writes a `.npy` file as numpy would, byte for byte: version 1, row-major, little-endian; text as `<U`.
 *
 * @throws ArgumentError when shape, data and dtype do not fit.
 */
export function writeNpy({ shape, data, dtype }: NpyArray): Uint8Array {
  const bad = shape.find((n) => !Number.isSafeInteger(n) || n < 0);
  if (bad !== undefined) throw new ArgumentError(`writeNpy: shape: expected sizes ≥ 0, got ${show(bad)}`);
  const count = shape.reduce((product, n) => product * n, 1);
  const [descr, body, length] = isTexts(data) ? encodeTexts(data) : encodeNumbers(data, dtype);
  if (length !== count) {
    throw new ArgumentError(`writeNpy: shape [${shape.join(", ")}] needs ${count} elements, got ${length} in data`);
  }
  const header = writeHeader(descr, shape);
  const out = new Uint8Array(header.length + body.length);
  out.set(header);
  out.set(body, header.length);
  return out;
}

type Encoded = [descr: string, body: Uint8Array, length: number];

function isTexts(data: NpyArray["data"]): data is readonly string[] {
  return Array.isArray(data);
}

function encodeNumbers(given: NumpyData | Uint8ClampedArray, dtype: string | undefined): Encoded {
  const data =
    given instanceof Uint8ClampedArray ? new Uint8Array(given.buffer, given.byteOffset, given.length) : given;
  const type = dtype ?? NumpyDtype.of(data);
  if (!NumpyDtype.fits(type, data)) {
    throw new ArgumentError(`writeNpy: dtype: expected one that ${data.constructor.name} holds, got ${quote(type)}`);
  }
  const itemBytes = NumpyDtype.named(type)!.itemBytes;
  const body = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [`${itemBytes === 1 ? "|" : "<"}${type}`, body, body.length / itemBytes];
}

/** numpy's text has a fixed number of UCS-4 characters, padded with zeros. */
function encodeTexts(texts: readonly string[]): Encoded {
  const codes = texts.map((text) => Array.from(text, (character) => character.codePointAt(0)!));
  const width = codes.reduce((most, each) => Math.max(most, each.length), 1);
  const body = new Uint8Array(4 * width * texts.length);
  const view = new DataView(body.buffer);
  for (const [i, each] of codes.entries()) {
    for (const [j, code] of each.entries()) view.setUint32(4 * (i * width + j), code, true);
  }
  return [`<U${width}`, body, texts.length];
}

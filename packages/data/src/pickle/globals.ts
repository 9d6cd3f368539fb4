import { quote } from "../errors.ts";
import { NumpyArray, NumpyDtype, scalarOf } from "./numpy.ts";
import { fromLatin1, latin1 } from "./text.ts";
import type { PickleValue } from "./value.ts";

/** A Python object that a pickle may name. */
export class Global {
  constructor(
    /** `module.name`. */
    readonly name: string,
    /** What REDUCE makes of its arguments; absent for what may be named but not called. */
    readonly call?: (args: readonly Item[], maker: Maker) => Item,
  ) {}
}

/** What may lie on an unpickler's stack. */
export type Item = PickleValue | Global | NumpyDtype;

/** What a constructor may ask of the machine that runs it. */
export interface Maker {
  /** Ends the reading with what was wrong. */
  fail(problem: string): never;
  /** Counts bytes that are about to be allocated; ends the reading where they are too many. */
  spend(bytes: number): void;
}

const NDARRAY = new Global("numpy.ndarray");

/** numpy 2 moved `numpy.core` to `numpy._core`; pickles of both kinds are around. */
const GLOBALS = new Map<string, Global>();
for (const global of [
  NDARRAY,
  new Global("numpy.dtype", makeDtype),
  new Global("_codecs.encode", encodeText),
  // How Python 3 writes empty bytes in protocols 0 to 2.
  new Global("__builtin__.bytes", emptyBytes),
  ...["numpy.core", "numpy._core"].flatMap((core) => [
    new Global(`${core}.multiarray._reconstruct`, reconstruct),
    new Global(`${core}.multiarray.scalar`, makeScalar),
    new Global(`${core}.numeric._frombuffer`, fromBuffer),
  ]),
]) {
  GLOBALS.set(global.name, global);
}

/** The object of that name, if a pickle may have it; all others are refused. */
export function findGlobal(name: string): Global | undefined {
  return GLOBALS.get(name);
}

/** Gives an object its state. Only numpy's arrays and dtypes take one. */
export function build(target: Item | undefined, state: Item | undefined, maker: Maker): void {
  if (target instanceof NumpyArray && Array.isArray(state)) buildArray(target, state, maker);
  else if (target instanceof NumpyDtype && Array.isArray(state)) buildDtype(target, state, maker);
  else maker.fail(`expected an ndarray or a dtype and its state, found ${describe(target)} and ${describe(state)}`);
}

/** What an item is, for messages. */
export function describe(item: Item | undefined): string {
  if (item === undefined) return "nothing";
  if (item === null) return "None";
  if (item instanceof Global) return item.name;
  if (item instanceof NumpyArray) return "an ndarray";
  if (item instanceof NumpyDtype) return "a dtype";
  if (item instanceof Uint8Array) return "bytes";
  if (item instanceof Map) return "a dict";
  if (Array.isArray(item)) return Object.isFrozen(item) ? "a tuple" : "a list";
  return typeof item === "string" ? quote(item) : `${item}`;
}

/** `_reconstruct(ndarray, (0,), b"b")`: an empty array, filled by BUILD. */
function reconstruct(args: readonly Item[], maker: Maker): NumpyArray {
  return args[0] === NDARRAY
    ? new NumpyArray()
    : maker.fail(`expected numpy.ndarray to make, found ${describe(args[0])}`);
}

function makeDtype(args: readonly Item[], maker: Maker): NumpyDtype {
  const name = textOf(args[0], maker);
  const dtype = name === undefined ? undefined : NumpyDtype.named(name);
  return (
    dtype ??
    maker.fail(
      `expected a numpy dtype of numbers, text or objects, found ${name === undefined ? describe(args[0]) : quote(name)}`,
    )
  );
}

function makeScalar(args: readonly Item[], maker: Maker): PickleValue {
  const [dtype, given] = args;
  const bytes = bytesOf(given, maker);
  if (!(dtype instanceof NumpyDtype) || bytes === undefined) {
    return maker.fail(`expected a dtype and bytes for a numpy scalar, found ${describe(dtype)} and ${describe(given)}`);
  }
  return (
    scalarOf(dtype, bytes) ?? maker.fail(`expected ${dtype.itemBytes} bytes for ${dtype.type}, found ${bytes.length}`)
  );
}

/** `_frombuffer(bytes, dtype, shape, order)`: an array as protocol 5 writes it. */
function fromBuffer(args: readonly Item[], maker: Maker): NumpyArray {
  const [bytes, dtype, shape, order] = args;
  if (!(bytes instanceof Uint8Array)) return maker.fail(`expected an ndarray's bytes, found ${describe(bytes)}`);
  if (order !== "C" && order !== "F") return maker.fail(`expected order "C" or "F", found ${describe(order)}`);
  const array = new NumpyArray();
  fill(array, dtype, shape, bytes, order === "F", maker);
  return array;
}

/** `_codecs.encode(text, "latin1")`: bytes as Python 3 writes them in protocols 0 to 2. */
function encodeText(args: readonly Item[], maker: Maker): Uint8Array {
  const [text, encoding] = args;
  if (typeof text !== "string" || (encoding !== "latin1" && encoding !== "latin-1")) {
    return maker.fail(`expected text and "latin1", found ${describe(text)} and ${describe(encoding)}`);
  }
  maker.spend(text.length);
  return fromLatin1(text) ?? maker.fail("expected text of latin-1 characters, found others");
}

function emptyBytes(args: readonly Item[], maker: Maker): Uint8Array {
  return args.length === 0 ? new Uint8Array(0) : maker.fail(`expected no arguments, found ${args.length}`);
}

/** State of an ndarray: (version, shape, dtype, is_fortran, bytes). */
function buildArray(target: NumpyArray, state: readonly Item[], maker: Maker): void {
  const [, shape, dtype, fortran, given] = state;
  if (dtype instanceof NumpyDtype && dtype.isObject) {
    if (!Array.isArray(given)) maker.fail(`expected a list of an ndarray's objects, found ${describe(given)}`);
    if (!Array.isArray(shape)) maker.fail(`expected an ndarray's shape, found ${describe(shape)}`);
    maker.spend(8 * given.length);
    const problem = target.fillObjects(shape as number[], given);
    if (problem !== undefined) maker.fail(problem);
    return;
  }
  const bytes = bytesOf(given, maker) ?? maker.fail(`expected an ndarray's bytes, found ${describe(given)}`);
  fill(target, dtype, shape, bytes, fortran === true || fortran === 1, maker);
}

function fill(
  array: NumpyArray,
  dtype: Item | undefined,
  shape: Item | undefined,
  bytes: Uint8Array,
  fortran: boolean,
  maker: Maker,
): void {
  if (!(dtype instanceof NumpyDtype)) maker.fail(`expected an ndarray's dtype, found ${describe(dtype)}`);
  if (!Array.isArray(shape)) maker.fail(`expected an ndarray's shape, found ${describe(shape)}`);
  if (dtype.isObject) maker.fail("expected a list of an ndarray's objects, found bytes");
  const problem = array.fill(dtype, shape as number[], bytes, fortran, (count) => maker.spend(count));
  if (problem !== undefined) maker.fail(problem);
}

/** State of a dtype: (version, byte order, subdtype, names, fields, …); only the order may say anything. */
function buildDtype(target: NumpyDtype, state: readonly Item[], maker: Maker): void {
  const order = textOf(state[1], maker);
  if (order === undefined || !/^[<>=|]$/.test(order)) maker.fail(`expected a byte order, found ${describe(state[1])}`);
  const extra = state.slice(2, 5).find((part) => part !== null);
  if (extra !== undefined) maker.fail(`expected a plain dtype, found one with ${describe(extra)}`);
  target.swapped = order === ">";
}

/** Text given as str, or as the bytes that Python 2's str is. */
function textOf(item: Item | undefined, maker: Maker): string | undefined {
  if (!(item instanceof Uint8Array)) return typeof item === "string" ? item : undefined;
  maker.spend(item.length);
  return latin1(item);
}

/** Bytes given as such, or as the text that Python 2's str is when it is read as latin-1. */
function bytesOf(item: Item | undefined, maker: Maker): Uint8Array | undefined {
  if (item instanceof Uint8Array) return item;
  if (typeof item !== "string") return undefined;
  maker.spend(item.length);
  return fromLatin1(item);
}

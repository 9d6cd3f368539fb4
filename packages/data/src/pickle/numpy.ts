import type { PickleValue } from "./value.ts";

/** Typed arrays that hold the elements of a numpy array. */
export type NumpyData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

type DataConstructor = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, offset: number, length: number): NumpyData;
};

/**
 * numpy's numeric element types: bytes of an element, and the array that holds them. float16 comes as its raw bits,
 * bool as bytes of 0 and 1, a complex number as two elements, real and imaginary part.
 */
const ELEMENTS = new Map<string, readonly [bytes: number, array: DataConstructor]>([
  ["b1", [1, Uint8Array]],
  ["u1", [1, Uint8Array]],
  ["i1", [1, Int8Array]],
  ["u2", [2, Uint16Array]],
  ["i2", [2, Int16Array]],
  ["f2", [2, Uint16Array]],
  ["u4", [4, Uint32Array]],
  ["i4", [4, Int32Array]],
  ["f4", [4, Float32Array]],
  ["u8", [8, BigUint64Array]],
  ["i8", [8, BigInt64Array]],
  ["f8", [8, Float64Array]],
  ["c8", [8, Float32Array]],
  ["c16", [16, Float64Array]],
]);

/** numpy's bound on the axes of an array. */
const MAX_AXES = 64;

/** A numpy array: row-major and in this machine's byte order, whatever it was in the file. */
export class NumpyArray {
  /**
   * Element type without byte order, as numpy writes it: `u1` for uint8, `f4` for float32, `i8` for int64, `U5` for
   * text of at most 5 characters, `S5` for bytes, `O` for objects.
   */
  dtype = "u1";
  /** Sizes, outermost first; `[]` is a scalar. */
  shape: readonly number[] = [0];
  /** Text, bytes and objects come as a list. */
  data: NumpyData | PickleValue[] = new Uint8Array(0);

  /**
   * Fills the array from the bytes of a file. Returns what is wrong, or undefined.
   * uint8 in row-major order is a view of `bytes`; the rest is copied, after `spend` was told how much.
   */
  fill(
    dtype: NumpyDtype,
    shape: readonly number[],
    bytes: Uint8Array,
    fortran: boolean,
    spend: (bytes: number) => void = () => undefined,
  ): string | undefined {
    const problem = faultOf(shape, dtype, bytes.length);
    if (problem !== undefined) return problem;
    this.dtype = dtype.type;
    this.shape = [...shape];
    const array = ELEMENTS.get(dtype.type)?.[1];
    if (array && dtype.itemBytes === 1 && !fortran) {
      this.data = new array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
      return undefined;
    }
    // A short text takes as much as a long one, about.
    spend(array ? bytes.length : 4 * bytes.length + 100 * (bytes.length / Math.max(1, dtype.itemBytes)));
    const own = fortran ? rowMajor(bytes, shape, dtype.itemBytes) : new Uint8Array(bytes);
    if (dtype.swapped) swapBytes(own, array?.BYTES_PER_ELEMENT ?? 4);
    if (!array) return this.#fillTexts(dtype, own);
    this.data = new array(own.buffer as ArrayBuffer, 0, own.length / array.BYTES_PER_ELEMENT);
    return undefined;
  }

  /** Fills an array of objects, which numpy lists in row-major order always. Returns what is wrong, or undefined. */
  fillObjects(shape: readonly number[], items: readonly PickleValue[]): string | undefined {
    const problem = faultOf(shape, undefined, items.length);
    if (problem !== undefined) return problem;
    this.dtype = "O";
    this.shape = [...shape];
    this.data = [...items];
    return undefined;
  }

  /** numpy pads text and bytes with zeros. */
  #fillTexts({ type, itemBytes }: NumpyDtype, bytes: Uint8Array): string | undefined {
    const count = itemBytes === 0 ? this.shape.reduce((product, n) => product * n, 1) : bytes.length / itemBytes;
    const items: PickleValue[] = [];
    for (let i = 0; i < count; i++) {
      const item = bytes.subarray(i * itemBytes, (i + 1) * itemBytes);
      const text = type.startsWith("S") ? trimZeros(item) : textOfUcs4(item);
      if (text === undefined) return `element ${i} of ${type} holds no Unicode text`;
      items.push(text);
    }
    this.data = items;
    return undefined;
  }
}

/** A numpy element type; its byte order arrives after it was made. */
export class NumpyDtype {
  swapped = false;

  private constructor(
    /** Without byte order. */
    readonly type: string,
    readonly itemBytes: number,
  ) {}

  get isObject(): boolean {
    return this.type === "O";
  }

  /** The dtype that numpy names so (`u1`, `<f4`, `U5`, `O`), or undefined for another one, such as records and dates. */
  static named(name: string): NumpyDtype | undefined {
    const type = name.replace(/^[<>=|]/, "");
    const [, kind, length] = /^([USO])(\d{0,7})$/.exec(type) ?? [];
    const itemBytes = kind === undefined ? ELEMENTS.get(type)?.[0] : kind === "U" ? 4 * Number(length) : Number(length);
    if (itemBytes === undefined) return undefined;
    const dtype = new NumpyDtype(kind === "O" ? "O" : type, itemBytes);
    dtype.swapped = name.startsWith(">");
    return dtype;
  }

  /** The name that numpy gives to the elements of a typed array. */
  static of(data: NumpyData): string {
    return [...ELEMENTS.keys()].find((type) => type !== "b1" && NumpyDtype.fits(type, data))!;
  }

  /** Whether elements of that name are what a typed array holds. */
  static fits(type: string, data: NumpyData): boolean {
    const array = ELEMENTS.get(type)?.[1];
    return array !== undefined && data instanceof array;
  }
}

/** What is wrong with a shape for so many bytes, or objects where there is no dtype. */
function faultOf(shape: readonly number[], dtype: NumpyDtype | undefined, found: number): string | undefined {
  if (shape.length > MAX_AXES || shape.some((n) => !Number.isSafeInteger(n) || n < 0)) {
    return `expected a shape of at most ${MAX_AXES} sizes ≥ 0, found [${shape.slice(0, 8).join(", ")}]`;
  }
  const needed = shape.reduce((product, n) => product * n, dtype?.itemBytes ?? 1);
  const [type, unit] = dtype ? [dtype.type, "bytes"] : ["O", "objects"];
  if (needed === found && !(dtype?.itemBytes === 0 && shape.length > 0)) return undefined;
  return `an ndarray ${type} [${shape.join(", ")}] needs ${needed} ${unit}, found ${found}`;
}

function trimZeros(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return new Uint8Array(bytes.subarray(0, end));
}

function textOfUcs4(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const codes = Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
  while (codes.at(-1) === 0) codes.pop();
  return codes.every((code) => code <= 0x10ffff) ? codes.map((code) => String.fromCodePoint(code)).join("") : undefined;
}

/** One real number as numpy's `scalar` holds it; undefined where the bytes do not fit. */
export function scalarOf(dtype: NumpyDtype, bytes: Uint8Array): number | bigint | boolean | undefined {
  const cell = new NumpyArray();
  if (dtype.type.startsWith("c") || cell.fill(dtype, [], bytes, false) !== undefined) return undefined;
  const value = cell.data[0];
  if (typeof value !== "number" && typeof value !== "bigint") return undefined;
  if (dtype.type === "b1") return value !== 0;
  return typeof value === "bigint" ? plainInteger(value) : value;
}

/** A number where it is exact, else the bigint. */
export function plainInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function rowMajor(bytes: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  forEachFortran(shape, (to, from) => {
    for (let i = 0; i < size; i++) out[to * size + i] = bytes[from * size + i]!;
  });
  return out;
}

/** Fortran order has the first axis fastest, row-major the last: where each element goes, and where it is. */
function forEachFortran(shape: readonly number[], move: (to: number, from: number) => void): void {
  const count = shape.reduce((product, n) => product * n, 1);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, n) => product * n, 1));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < count; to++) {
    move(to, from);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let start = 0; start < bytes.length; start += size) bytes.subarray(start, start + size).reverse();
}

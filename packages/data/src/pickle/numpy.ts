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

type DataConstructor = new (buffer: ArrayBuffer, offset: number, length: number) => NumpyData;

/** numpy's element types that can be read; float16 as its raw bits, bool as bytes of 0 and 1. */
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
]);

/** numpy's bound on the axes of an array. */
const MAX_AXES = 64;

/** A numpy array: row-major and in this machine's byte order, whatever it was in the file. */
export class NumpyArray {
  /** Element type without byte order, as numpy writes it: `u1` for uint8, `f4` for float32, `i8` for int64. */
  dtype = "u1";
  /** Sizes, outermost first; `[]` is a scalar. */
  shape: readonly number[] = [0];
  data: NumpyData = new Uint8Array(0);

  /**
   * Fills the array from the bytes of a pickle. Returns what is wrong, or undefined.
   * uint8 in row-major order is a view of `bytes`; the rest is copied.
   */
  fill(dtype: NumpyDtype, shape: readonly number[], bytes: Uint8Array, fortran: boolean): string | undefined {
    const [size, array] = ELEMENTS.get(dtype.type)!;
    if (shape.length > MAX_AXES || shape.some((n) => !Number.isSafeInteger(n) || n < 0)) {
      return `expected a shape of at most ${MAX_AXES} sizes ≥ 0, found [${shape.slice(0, 8).join(", ")}]`;
    }
    const needed = shape.reduce((product, n) => product * n, size);
    if (needed !== bytes.length) {
      return `an ndarray ${dtype.type} [${shape.join(", ")}] needs ${needed} bytes, found ${bytes.length}`;
    }
    this.dtype = dtype.type;
    this.shape = [...shape];
    if (size === 1 && !fortran) {
      this.data = new array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
      return undefined;
    }
    const own = fortran ? rowMajor(bytes, shape, size) : bytes.slice();
    if (dtype.swapped) swapBytes(own, size);
    this.data = new array(own.buffer as ArrayBuffer, 0, own.length / size);
    return undefined;
  }
}

/** A numpy element type; its byte order arrives after it was made. */
export class NumpyDtype {
  swapped = false;

  private constructor(
    readonly type: string,
    readonly itemBytes: number,
  ) {}

  /** The dtype that numpy names so (`u1`, `<f4`), or undefined for one that holds objects, text or records. */
  static named(name: string): NumpyDtype | undefined {
    const type = name.replace(/^[<>=|]/, "");
    const element = ELEMENTS.get(type);
    if (!element) return undefined;
    const dtype = new NumpyDtype(type, element[0]);
    dtype.swapped = name.startsWith(">");
    return dtype;
  }
}

/** One element as numpy's `scalar` holds it; undefined where the bytes do not fit. */
export function scalarOf(dtype: NumpyDtype, bytes: Uint8Array): number | bigint | boolean | undefined {
  const cell = new NumpyArray();
  if (cell.fill(dtype, [], bytes, false) !== undefined) return undefined;
  const value = cell.data[0]!;
  if (dtype.type === "b1") return value !== 0;
  return typeof value === "bigint" ? plainInteger(value) : value;
}

/** A number where it is exact, else the bigint. */
export function plainInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Fortran order has the first axis fastest, row-major the last. */
function rowMajor(bytes: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, n) => product * n, size));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to += size) {
    for (let i = 0; i < size; i++) out[to + i] = bytes[from + i]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let start = 0; start < bytes.length; start += size) bytes.subarray(start, start + size).reverse();
}

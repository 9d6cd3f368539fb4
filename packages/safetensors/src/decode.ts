import { arrayOf, type Dtype, type DtypeArray } from "./dtype.ts";
import { readHeader, type TensorInfo } from "./header.ts";

/** One tensor: plain data that owes nothing to the file it came from. */
export type Tensor = { [D in Dtype]: TensorOf<D> }[Dtype];

/** A tensor whose dtype is known. */
export interface TensorOf<D extends Dtype> {
  readonly dtype: D;
  /** Sizes, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Elements in row-major order: product(shape) of them, twice that for C64, packed bytes for F6 and F4. */
  readonly data: DtypeArray<D>;
}

/** A whole file. */
export interface Decoded {
  /** The tensors by name, in the order of their data. */
  readonly tensors: Map<string, Tensor>;
  /** The free text pairs of `__metadata__`; empty when there are none. */
  readonly metadata: Map<string, string>;
}

/**
 * Reads a whole safetensors file held in memory. Expects a little-endian machine, as the format is.
 *
 * The arrays are views into `bytes` wherever their alignment allows it, which it does for every file that `encode`
 * or the reference implementation writes; others are copied. Copy an array to keep it apart from `bytes`.
 *
 * @throws SafetensorsError when the file breaks the format.
 *
 * @example
 * const { tensors, metadata } = decode(await readFile("model.safetensors"));
 * tensors.get("conv1.weight"); // { dtype: "F32", shape: [3, 3, 3, 32], data: Float32Array(864) }
 */
export function decode(bytes: Uint8Array): Decoded {
  const header = readHeader(bytes);
  const tensors = new Map<string, Tensor>();
  for (const [name, info] of header.tensors) tensors.set(name, tensorFrom(bytes.subarray(info.begin, info.end), info));
  return { tensors, metadata: new Map(header.metadata) };
}

/** The tensor whose data are exactly `bytes`: a view where they are aligned, else a copy. */
export function tensorFrom(bytes: Uint8Array, info: TensorInfo): Tensor {
  const array = arrayOf(info.dtype);
  const aligned = bytes.byteOffset % array.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  const length = bytes.length / array.BYTES_PER_ELEMENT;
  const data = new array(aligned.buffer as ArrayBuffer, aligned.byteOffset, length);
  return { dtype: info.dtype, shape: info.shape, data } as Tensor;
}

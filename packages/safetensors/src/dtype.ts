/**
 * Every element type of the format: its bits, and the typed array that holds it here.
 *
 * Listed in the order in which the reference implementation lays tensors out in a file (widest alignment first, so
 * that no tensor is ever misaligned); the encoder sorts by this order, then by name.
 * JavaScript has no 16-bit or smaller floats (on Node 20) and no complex numbers: F16 and BF16 are their raw bits,
 * F8, F6 and F4 raw bytes, C64 pairs (re, im), BOOL bytes of 0 or 1.
 */
const TABLE = {
  U64: { bits: 64, array: BigUint64Array },
  I64: { bits: 64, array: BigInt64Array },
  F64: { bits: 64, array: Float64Array },
  C64: { bits: 64, array: Float32Array },
  F32: { bits: 32, array: Float32Array },
  U32: { bits: 32, array: Uint32Array },
  I32: { bits: 32, array: Int32Array },
  BF16: { bits: 16, array: Uint16Array },
  F16: { bits: 16, array: Uint16Array },
  U16: { bits: 16, array: Uint16Array },
  I16: { bits: 16, array: Int16Array },
  F8_E5M2FNUZ: { bits: 8, array: Uint8Array },
  F8_E4M3FNUZ: { bits: 8, array: Uint8Array },
  F8_E8M0: { bits: 8, array: Uint8Array },
  F8_E4M3: { bits: 8, array: Uint8Array },
  F8_E5M2: { bits: 8, array: Uint8Array },
  I8: { bits: 8, array: Int8Array },
  U8: { bits: 8, array: Uint8Array },
  F6_E3M2: { bits: 6, array: Uint8Array },
  F6_E2M3: { bits: 6, array: Uint8Array },
  F4: { bits: 4, array: Uint8Array },
  BOOL: { bits: 8, array: Uint8Array },
} as const;

/** Element type of a tensor, by its name in the file. */
export type Dtype = keyof typeof TABLE;

/** The typed array that holds a tensor's elements, by dtype. */
export type DtypeArray<D extends Dtype = Dtype> = InstanceType<(typeof TABLE)[D]["array"]>;

/** All dtypes, in the order in which tensors are laid out in a file. */
export const DTYPES: readonly Dtype[] = Object.keys(TABLE) as Dtype[];

const RANK = new Map(DTYPES.map((dtype, rank) => [dtype, rank]));

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(TABLE, name);
}

/** Place of a dtype in the layout order: tensors of a lower rank come first. */
export function layoutRank(dtype: Dtype): number {
  return RANK.get(dtype)!;
}

/** The constructor of the typed array for a dtype. */
export function arrayOf(dtype: Dtype): (typeof TABLE)[Dtype]["array"] {
  return TABLE[dtype].array;
}

/**
 * Bytes of a tensor: product(shape) × bits / 8. NaN where the count is beyond 2⁵³ or a 4- or 6-bit tensor does not
 * end on a byte.
 */
export function byteLength(dtype: Dtype, shape: readonly number[]): number {
  if (shape.includes(0)) return 0;
  let bits: number = TABLE[dtype].bits;
  for (const size of shape) {
    bits *= size;
    if (!Number.isSafeInteger(bits)) return Number.NaN;
  }
  return bits % 8 === 0 ? bits / 8 : Number.NaN;
}

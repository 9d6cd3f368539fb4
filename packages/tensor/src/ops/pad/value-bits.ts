/** @file The value that pad puts around, as the kernels write it. */
import type { DType } from "../../shape.ts";

/** The four bytes of `value` in `dtype`, as an int32. */
export function valueBits(value: number, dtype: DType): number {
  return dtype === "int32" ? value : new Int32Array(Float32Array.of(value).buffer)[0]!;
}

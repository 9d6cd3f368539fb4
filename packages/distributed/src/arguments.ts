/** @file Checks of a call's arguments, before anything is sent. */
import type { NumberArray, Reduction } from "./communicator.ts";
import { ArgumentError } from "./errors.ts";

type Bytes = NumberArray | Uint8Array;

/** @throws ArgumentError for arrays that cannot be reduced, unknown reductions, and means of int32 */
export function checkReduce(values: NumberArray, reduction: Reduction): void {
  const known = values instanceof Float32Array || values instanceof Float64Array || values instanceof Int32Array;
  if (!known) {
    throw new ArgumentError(`allReduce: expected a Float32Array, Float64Array or Int32Array, got ${kindOf(values)}`);
  }
  if (reduction !== "sum" && reduction !== "mean") {
    throw new ArgumentError(`allReduce: expected "sum" or "mean", got ${JSON.stringify(reduction)}`);
  }
  if (reduction === "mean" && values instanceof Int32Array) {
    throw new ArgumentError("allReduce: a mean of int32 would have to be rounded; take the sum, or float64");
  }
}

/** @throws ArgumentError where `root` is no rank, or `values` no typed array */
export function checkBroadcast(values: Bytes, root: number, size: number): void {
  checkBytes("broadcast", values);
  if (!Number.isInteger(root) || root < 0 || root >= size) {
    throw new ArgumentError(`broadcast: root must be a rank, 0 to ${size - 1}, got ${root}`);
  }
}

/** @throws ArgumentError where `into` does not hold `size` times what `values` do */
export function checkGather(values: Bytes, into: Bytes, size: number): void {
  checkBytes("allGather", values);
  if (into?.constructor !== values.constructor) {
    throw new ArgumentError(`allGather: into must be a ${kindOf(values)} as values are, got ${kindOf(into)}`);
  }
  if (into.length !== values.length * size) {
    const expected = `${size} × ${values.length} elements`;
    throw new ArgumentError(`allGather: into must hold ${expected}, got ${into.length}`);
  }
}

function checkBytes(call: string, values: unknown): void {
  const isOne = [Float32Array, Float64Array, Int32Array, Uint8Array].some((type) => values instanceof type);
  if (isOne) return;
  throw new ArgumentError(
    `${call}: expected a Float32Array, Float64Array, Int32Array or Uint8Array, got ${kindOf(values)}`,
  );
}

function kindOf(value: unknown): string {
  return value === null || value === undefined ? String(value) : (value.constructor?.name ?? typeof value);
}

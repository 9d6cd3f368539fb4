/** @file Results of reducing nothing: 0 for a sum, NaN for a mean. (A maximum of nothing is an error.) */
import type { ReduceKind } from "./reduce.ts";

/** Queues an upload of the result of an empty reduction. */
export function writeEmptyReduction(kind: ReduceKind, outputs: number, write: (bytes: Uint8Array) => void): void {
  const values = new Float32Array(outputs).fill(kind === "mean" ? Number.NaN : 0);
  write(new Uint8Array(values.buffer));
}

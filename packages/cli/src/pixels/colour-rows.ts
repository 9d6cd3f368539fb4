/** @file Colours as a run's description has them. */
import type { Colours } from "@tessera/data";

/** Red, green and blue of each. */
export function rowsOf({ centres, shape: [count] }: Colours): number[][] {
  return Array.from({ length: count }, (_, i) => [...centres.subarray(3 * i, 3 * i + 3)]);
}

/** The way back. */
export function coloursOf(rows: readonly (readonly number[])[]): Colours {
  return { centres: Float64Array.from(rows.flat()), shape: [rows.length, 3] };
}

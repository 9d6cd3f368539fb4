/** @file Float64 oracle of lookupTable. */
import { mapArray, type NdArray } from "../../testing/nd-array.ts";

/** `y[…, c] = table[images[…, c], c]`. */
export function lookupTableReference(images: NdArray, table: NdArray): NdArray {
  const channels = table.shape[1]!;
  return mapArray(images, (value, i) => table.data[value * channels + (i % channels)]!);
}

// What softmax and cross-entropy do with a row of neighbouring values.
import { laneMask, maxLanes, storePart, sumLanes } from "../reduce/lanes.assembly";
import { exp4 } from "../vector-math.assembly";

/** The greatest of `length` values; NaN if one is. */
// @ts-ignore: decorator
@inline
export function rowMaximum(x: usize, length: i32): f32 {
  const lowest = f32x4.splat(-Infinity);
  let greatest = lowest;
  for (let k = 0; k < length; k += 4) {
    const values = v128.load(x + (<usize>k << 2));
    greatest = f32x4.max(greatest, v128.bitselect(values, lowest, laneMask(length - k)));
  }
  return maxLanes(greatest);
}

/** Stores exp(x − greatest) and gives the sum. */
// @ts-ignore: decorator
@inline
export function rowExponentials(x: usize, out: usize, length: i32, greatest: f32): f32 {
  let sum = f32x4.splat(0);
  for (let k = 0; k < length; k += 4) {
    const at = <usize>k << 2;
    const powers = exp4(f32x4.sub(v128.load(x + at), f32x4.splat(greatest)));
    sum = f32x4.add(sum, v128.and(powers, laneMask(length - k)));
    storePart(out + at, powers, length - k);
  }
  return sumLanes(sum);
}

/** Divides a row by a number, in place. */
// @ts-ignore: decorator
@inline
export function divideRow(x: usize, length: i32, divisor: f32): void {
  for (let k = 0; k < length; k += 4) {
    const at = x + (<usize>k << 2);
    storePart(at, f32x4.div(v128.load(at), f32x4.splat(divisor)), length - k);
  }
}

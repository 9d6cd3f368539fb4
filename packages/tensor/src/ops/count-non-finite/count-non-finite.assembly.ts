// Partial counts of what is not finite: partials[chunk] = how many of the chunk's part of x are NaN or infinite.
import { shareStart } from "../parallel.assembly";
import { laneMask, sumLanes } from "../reduce/lanes.assembly";

/** −1 in the lanes whose exponent is all ones, else 0. */
// @ts-ignore: decorator
@inline
function notFinite(address: usize): v128 {
  const exponent = i32x4.splat(0x7f800000);
  return i32x4.eq(v128.and(v128.load(address), exponent), exponent);
}

/** How many of `size` neighbours are not finite. */
function countChunk(x: usize, size: i32): f32 {
  let count = i32x4.splat(0);
  for (let i = 0; i < size; i += 4, x += 16) {
    count = i32x4.sub(count, v128.and(notFinite(x), laneMask(size - i)));
  }
  return sumLanes(f32x4.convert_i32x4_s(count));
}

export function countNonFinite(
  x: usize, partials: usize, size: i32, chunkLength: i32, thread: i32, threads: i32,
): void {
  const chunks = (size + chunkLength - 1) / chunkLength;
  const end = shareStart(chunks, 1, thread + 1, threads);
  for (let chunk = shareStart(chunks, 1, thread, threads); chunk < end; chunk++) {
    const first = chunk * chunkLength;
    const count = countChunk(x + (<usize>first << 2), min(chunkLength, size - first));
    store<f32>(partials + (<usize>chunk << 2), count);
  }
}

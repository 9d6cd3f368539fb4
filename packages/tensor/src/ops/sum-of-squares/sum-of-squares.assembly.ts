// Partial sums of squares: partials[chunk] = sum of x[i]² over the chunk's part of x, whichever thread sums it.
import { shareStart } from "../parallel.assembly";
import { laneMask, sumLanes } from "../reduce/lanes.assembly";

// @ts-ignore: decorator
@inline
function square(address: usize): v128 {
  const value = v128.load(address);
  return f32x4.mul(value, value);
}

/** Sum of the squares of `size` neighbours. */
function sumChunk(x: usize, size: i32): f32 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let i = 0;
  for (; i + 16 <= size; i += 16, x += 64) {
    a = f32x4.add(a, square(x));
    b = f32x4.add(b, square(x + 16));
    c = f32x4.add(c, square(x + 32));
    d = f32x4.add(d, square(x + 48));
  }
  for (; i < size; i += 4, x += 16) a = f32x4.add(a, v128.and(square(x), laneMask(size - i)));
  return sumLanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

export function sumOfSquares(
  x: usize, partials: usize, size: i32, chunkLength: i32, thread: i32, threads: i32,
): void {
  const chunks = (size + chunkLength - 1) / chunkLength;
  const end = shareStart(chunks, 1, thread + 1, threads);
  for (let chunk = shareStart(chunks, 1, thread, threads); chunk < end; chunk++) {
    const first = chunk * chunkLength;
    const sum = sumChunk(x + (<usize>first << 2), min(chunkLength, size - first));
    store<f32>(partials + (<usize>chunk << 2), sum);
  }
}

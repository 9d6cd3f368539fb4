// y[p, c] = table[images[p, c], c], values being copied as they are.
import { shareStart } from "../parallel.assembly";

/** A pixel of a constant number of channels. */
// @ts-ignore: decorator
@inline
function pixel(images: usize, table: usize, y: usize, channels: i32): void {
  for (let c = 0; c < channels; c++) {
    const value = <i32>load<u8>(images + <usize>c);
    i32.store(y + (<usize>c << 2), i32.load(table + (<usize>(value * channels + c) << 2)));
  }
}

export function lookupTable(
  images: usize, table: usize, y: usize, pixels: i32, channels: i32, thread: i32, threads: i32,
): void {
  const end = shareStart(pixels, 16, thread + 1, threads);
  for (let i = shareStart(pixels, 16, thread, threads); i < end; i++) {
    const at = <usize>(<u32>(i * channels));
    // Three is what pictures have: a constant lets the compiler unroll.
    if (channels == 3) pixel(images + at, table, y + (at << 2), 3);
    else pixel(images + at, table, y + (at << 2), channels);
  }
}

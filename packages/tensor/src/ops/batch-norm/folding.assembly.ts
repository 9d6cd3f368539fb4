// How batch normalisation lays a matrix [rows, channels] out, and cuts it up.
//
// `fold` rows side by side make a wide row, so that every row is a whole number of vectors whatever the channels:
// [wideRows, wide] with wide = fold * channels. Fewer than `fold` rows are left at the end. Tables hold a value per
// wide channel. Sums are taken over chunks of wide rows, then over the chunks in order, in float64: no result depends
// on the number of threads.

/** Wide rows in a chunk. */
export const chunkRows = 128;

/** Wide channels that are summed at once: a cache line. */
export const block = 16;

// @ts-ignore: decorator
@inline
export function foldOf(channels: i32): i32 {
  return channels % 4 == 0 ? 1 : channels % 2 == 0 ? 2 : 4;
}

// @ts-ignore: decorator
@inline
export function chunksOf(wideRows: i32): i32 {
  return (wideRows + chunkRows - 1) / chunkRows;
}

/** Offset in bytes. */
// @ts-ignore: decorator
@inline
export function offsetOf(row: i32, width: i32, column: i32): usize {
  return (<usize>row * <usize>width + <usize>column) << 2;
}

/** Writes a channel's value into a table, once for each of the folded rows. */
// @ts-ignore: decorator
@inline
export function fillTable(table: usize, channels: i32, channel: i32, value: f64): void {
  for (let row = 0; row < foldOf(channels); row++) store<f32>(table + offsetOf(row, channels, channel), <f32>value);
}

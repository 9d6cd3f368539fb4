// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011), four blocks at once.
//
// Word k of block j is lane j of the k-th vector. Each worker has an instance, and so globals, of its own.

/** What {@link philoxBlocks} drew: elements 0 to 3, 4 to 7, 8 to 11 and 12 to 15 of its sixteen. */
export let philoxBits0: v128 = i32x4.splat(0);
export let philoxBits1: v128 = i32x4.splat(0);
export let philoxBits2: v128 = i32x4.splat(0);
export let philoxBits3: v128 = i32x4.splat(0);

/** Upper words of four 64-bit products of unsigned words. */
// @ts-ignore: decorator
@inline
function highWords(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b), 1, 3, 5, 7);
}

/** Draws the blocks with counter words [block + j, 0, counter, stream], j from 0 to 3, under key [key0, key1]. */
export function philoxBlocks(block: i32, counter: i32, stream: i32, key0: i32, key1: i32): void {
  const multiplier0 = i32x4.splat(<i32>0xd2511f53);
  const multiplier1 = i32x4.splat(<i32>0xcd9e8d57);
  let c0 = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  let c1 = i32x4.splat(0);
  let c2 = i32x4.splat(counter);
  let c3 = i32x4.splat(stream);
  let k0 = i32x4.splat(key0);
  let k1 = i32x4.splat(key1);
  for (let round = 0; round < 10; round++) {
    const high0 = highWords(c0, multiplier0);
    const high1 = highWords(c2, multiplier1);
    const low0 = i32x4.mul(c0, multiplier0);
    const low1 = i32x4.mul(c2, multiplier1);
    c0 = v128.xor(v128.xor(high1, c1), k0);
    c1 = low1;
    c2 = v128.xor(v128.xor(high0, c3), k1);
    c3 = low0;
    k0 = i32x4.add(k0, i32x4.splat(<i32>0x9e3779b9));
    k1 = i32x4.add(k1, i32x4.splat(<i32>0xbb67ae85));
  }
  // A transposition: each block's four words belong to four neighbours.
  const first01 = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5);
  const first23 = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5);
  const last01 = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7);
  const last23 = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7);
  philoxBits0 = v128.shuffle<i64>(first01, first23, 0, 2);
  philoxBits1 = v128.shuffle<i64>(first01, first23, 1, 3);
  philoxBits2 = v128.shuffle<i64>(last01, last23, 0, 2);
  philoxBits3 = v128.shuffle<i64>(last01, last23, 1, 3);
}

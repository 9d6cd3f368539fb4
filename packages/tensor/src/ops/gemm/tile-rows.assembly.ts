// C += A B for one tile of C that stays in registers, A packed by rows.
//
//   a  `tileRows` lines, `lineFloats` apart: line i holds row i of A, `depth` floats
//   b  a panel: `depth` rows of 8 floats
//   c  `tileRows` rows of 8 floats
//
// Here and in the tile by columns goes nearly all of the time of matmul and conv2d. 12 accumulators, 2 vectors of B and
// 1 of A fill the 15 vector registers that engines allot on x64. Spills halve the speed and no test sees them, so: one
// loop, accumulators loaded before it, no unrolling, and the functions stay exported, or the optimizer inlines them
// into the loops of their callers.
import { lineFloats } from "./block-sizes";

/** Rows of a tile. Without fused multiply-add a product takes a register of its own. */
export const tileRows: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

/** Bytes from one row of A to the next. */
const line: usize = lineFloats * 4;

/** `c += a b` for one tile. */
export function gemmTileRows(a: usize, b: usize, c: usize, depth: i32): void {
  if (ASC_FEATURE_RELAXED_SIMD) multiply6(a, b, c, depth);
  else multiply4(a, b, c, depth);
}

// @ts-ignore: decorator
@inline
function multiply6(a: usize, b: usize, c: usize, depth: i32): void {
  let c00 = v128.load(c, 0);
  let c01 = v128.load(c, 16);
  let c10 = v128.load(c, 32);
  let c11 = v128.load(c, 48);
  let c20 = v128.load(c, 64);
  let c21 = v128.load(c, 80);
  let c30 = v128.load(c, 96);
  let c31 = v128.load(c, 112);
  let c40 = v128.load(c, 128);
  let c41 = v128.load(c, 144);
  let c50 = v128.load(c, 160);
  let c51 = v128.load(c, 176);
  for (let end = b + (<usize>depth << 5); b < end; b += 32) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = f32x4.relaxed_madd(s, b0, c00);
    c01 = f32x4.relaxed_madd(s, b1, c01);
    s = v128.load32_splat(a, line);
    c10 = f32x4.relaxed_madd(s, b0, c10);
    c11 = f32x4.relaxed_madd(s, b1, c11);
    s = v128.load32_splat(a, 2 * line);
    c20 = f32x4.relaxed_madd(s, b0, c20);
    c21 = f32x4.relaxed_madd(s, b1, c21);
    s = v128.load32_splat(a, 3 * line);
    c30 = f32x4.relaxed_madd(s, b0, c30);
    c31 = f32x4.relaxed_madd(s, b1, c31);
    s = v128.load32_splat(a, 4 * line);
    c40 = f32x4.relaxed_madd(s, b0, c40);
    c41 = f32x4.relaxed_madd(s, b1, c41);
    s = v128.load32_splat(a, 5 * line);
    c50 = f32x4.relaxed_madd(s, b0, c50);
    c51 = f32x4.relaxed_madd(s, b1, c51);
    a += 4;
  }
  v128.store(c, c00, 0);
  v128.store(c, c01, 16);
  v128.store(c, c10, 32);
  v128.store(c, c11, 48);
  v128.store(c, c20, 64);
  v128.store(c, c21, 80);
  v128.store(c, c30, 96);
  v128.store(c, c31, 112);
  v128.store(c, c40, 128);
  v128.store(c, c41, 144);
  v128.store(c, c50, 160);
  v128.store(c, c51, 176);
}

// @ts-ignore: decorator
@inline
function multiply4(a: usize, b: usize, c: usize, depth: i32): void {
  let c00 = v128.load(c, 0);
  let c01 = v128.load(c, 16);
  let c10 = v128.load(c, 32);
  let c11 = v128.load(c, 48);
  let c20 = v128.load(c, 64);
  let c21 = v128.load(c, 80);
  let c30 = v128.load(c, 96);
  let c31 = v128.load(c, 112);
  for (let end = b + (<usize>depth << 5); b < end; b += 32) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = f32x4.add(c00, f32x4.mul(s, b0));
    c01 = f32x4.add(c01, f32x4.mul(s, b1));
    s = v128.load32_splat(a, line);
    c10 = f32x4.add(c10, f32x4.mul(s, b0));
    c11 = f32x4.add(c11, f32x4.mul(s, b1));
    s = v128.load32_splat(a, 2 * line);
    c20 = f32x4.add(c20, f32x4.mul(s, b0));
    c21 = f32x4.add(c21, f32x4.mul(s, b1));
    s = v128.load32_splat(a, 3 * line);
    c30 = f32x4.add(c30, f32x4.mul(s, b0));
    c31 = f32x4.add(c31, f32x4.mul(s, b1));
    a += 4;
  }
  v128.store(c, c00, 0);
  v128.store(c, c01, 16);
  v128.store(c, c10, 32);
  v128.store(c, c11, 48);
  v128.store(c, c20, 64);
  v128.store(c, c21, 80);
  v128.store(c, c30, 96);
  v128.store(c, c31, 112);
}

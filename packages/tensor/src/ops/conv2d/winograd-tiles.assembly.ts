// Tiles of Winograd's convolution: how a convolution is cut into them, and their transforms.
import { Geometry } from "./patches.assembly";
import { storeInputTransform } from "./winograd-transforms.assembly";

/** How a convolution is cut, in the order in which its launch writes the words. */
@unmanaged
export class Cut {
  tilesDown: i32;
  tilesAcross: i32;
  /** Tiles to a block. */
  block: i32;
  /** Parts of the channels, each short enough for a line, and the channels in each. */
  parts: i32;
  depth: i32;
  /** Bytes of V in a thread's workspace. */
  bytesV: i32;
}

/** Bytes of 36 vectors. */
export const vectors36: usize = 36 * 16;

/** Address of the table of offsets in V that follows a {@link Cut}: value p of part q stands at word p · parts + q. */
// @ts-ignore: decorator
@inline
export function offsetsOf(cut: Cut): usize {
  return changetype<usize>(cut) + offsetof<Cut>();
}

/**
 * Bᵀ d B of one tile, for channels `begin` to `end`. `target` is the tile's line, `table` the offsets of the 36 values,
 * `step` bytes apart.
 */
export function winogradTransformInput(
  target: usize, table: usize, step: usize, x: usize, g: Geometry, cut: Cut, tile: i32, begin: i32, end: i32, work: usize,
): void {
  const image = tile / (cut.tilesDown * cut.tilesAcross);
  const place = tile - image * (cut.tilesDown * cut.tilesAcross);
  const tileY = place / cut.tilesAcross;
  const y = (tileY << 2) - g.padTop;
  const column = ((place - tileY * cut.tilesAcross) << 2) - g.padLeft;
  const pixel = <usize>g.channels << 2;
  const row = pixel * g.width;
  // Wraps around where it lies before the image; what is outside is never loaded.
  const first = x + <usize>(image * g.height) * row + <usize>(<isize>y * <isize>row) + <usize>(<isize>column * <isize>pixel);
  const height = g.height;
  const width = g.width;
  const zero = f32x4.splat(0);
  for (let channel = begin; channel < end; channel += 4) {
    const source = first + (<usize>channel << 2);
    for (let s = 0; s < 6; s++) {
      const at = work + (<usize>s << 4);
      if (<u32>(column + s) >= <u32>width) {
        storeInputTransform(zero, zero, zero, zero, zero, zero, at, at + 96, at + 192, at + 288, at + 384, at + 480);
        continue;
      }
      const top = source + <usize>s * pixel;
      storeInputTransform(
        <u32>y < <u32>height ? v128.load(top) : zero,
        <u32>(y + 1) < <u32>height ? v128.load(top + row) : zero,
        <u32>(y + 2) < <u32>height ? v128.load(top + 2 * row) : zero,
        <u32>(y + 3) < <u32>height ? v128.load(top + 3 * row) : zero,
        <u32>(y + 4) < <u32>height ? v128.load(top + 4 * row) : zero,
        <u32>(y + 5) < <u32>height ? v128.load(top + 5 * row) : zero,
        at, at + 96, at + 192, at + 288, at + 384, at + 480,
      );
    }
    const line = target + (<usize>(channel - begin) << 2);
    let offset = table;
    for (let r = 0; r < 6; r++) {
      const at = work + <usize>r * 96;
      storeInputTransform(
        v128.load(at), v128.load(at, 16), v128.load(at, 32), v128.load(at, 48), v128.load(at, 64), v128.load(at, 80),
        line + load<u32>(offset), line + load<u32>(offset + step), line + load<u32>(offset + 2 * step),
        line + load<u32>(offset + 3 * step), line + load<u32>(offset + 4 * step), line + load<u32>(offset + 5 * step),
      );
      offset += 6 * step;
    }
  }
}

/** @file How the filter gradient's sum over output pixels is split between invocations. */
import type { Conv2dGeometry } from "./geometry.ts";

/** Invocations that are enough to fill a device. */
const enoughTiles = 16384;
/** Output pixels that are worth an invocation, which writes its 32 sums out and has them read back. */
const pixelsPerSplit = 128;

/** Tiles of the result, rows of output pixels, and how many splits of how many rows. */
export interface FilterGradientSplits {
  readonly tiles: number;
  readonly imageRows: number;
  readonly splits: number;
  readonly splitRows: number;
}

/** Depends on the geometry alone, so that the order of the sums does too. */
export function filterGradientSplits(geometry: Conv2dGeometry): FilterGradientSplits {
  const { batch, outHeight, outWidth, filterHeight, filterWidth, channels, filters } = geometry;
  const tiles = filterHeight * filterWidth * Math.ceil(channels / 4) * Math.ceil(filters / 8);
  const imageRows = batch * outHeight;
  const wanted = Math.ceil(enoughTiles / tiles);
  const worthwhile = Math.max(1, Math.floor((imageRows * outWidth) / pixelsPerSplit));
  const splitRows = Math.max(1, Math.ceil(imageRows / Math.min(wanted, worthwhile)));
  return { tiles, imageRows, splits: Math.max(1, Math.ceil(imageRows / splitRows)), splitRows };
}

/** @file How the filter gradient's sum over output pixels is split between invocations. */
import type { Conv2dGeometry } from "./geometry.ts";

/** Invocations that are enough to fill a device. */
const enoughTiles = 16384;
/** Output pixels that are worth an invocation, which writes its 32 sums out and has them read back. */
const pixelsPerSplit = 128;

/** Rows of output pixels, and how many splits of how many rows. */
export interface FilterGradientSplits {
  readonly imageRows: number;
  readonly splits: number;
  readonly splitRows: number;
}

/** Tiles of the filter's gradient: 4 channels by 8 filters of a group, at one tap. */
export function filterGradientTiles(geometry: Conv2dGeometry): number {
  const { filterHeight, filterWidth, groups, groupChannels, groupFilters } = geometry;
  return filterHeight * filterWidth * groups * Math.ceil(groupChannels / 4) * Math.ceil(groupFilters / 8);
}

/** Depends on the geometry alone, so that the order of the sums does too. */
export function filterGradientSplits(
  { batch, outHeight, outWidth }: Conv2dGeometry,
  tiles: number,
): FilterGradientSplits {
  const imageRows = batch * outHeight;
  const wanted = Math.ceil(enoughTiles / tiles);
  const worthwhile = Math.max(1, Math.floor((imageRows * outWidth) / pixelsPerSplit));
  const splitRows = Math.max(1, Math.ceil(imageRows / Math.min(wanted, worthwhile)));
  return { imageRows, splits: Math.max(1, Math.ceil(imageRows / splitRows)), splitRows };
}

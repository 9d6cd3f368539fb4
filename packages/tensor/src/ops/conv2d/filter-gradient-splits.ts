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

/** Tiles of the filter's gradient: so many channels by so many filters of a group, at one tap. */
export function filterGradientTiles(geometry: Conv2dGeometry, channels = 4, filters = 8): number {
  const { filterHeight, filterWidth, groups, groupChannels, groupFilters } = geometry;
  return filterHeight * filterWidth * groups * Math.ceil(groupChannels / channels) * Math.ceil(groupFilters / filters);
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

/** Workgroups that are enough to fill a device. */
const enoughGroups = 256;
/** Output pixels that are worth a workgroup. */
const pixelsPerGroup = 512;

/** Output pixels, and how many splits of how many, a multiple of `tileInner`. Depends on geometry and tile alone. */
export function pixelSplits({ batch, outHeight, outWidth }: Conv2dGeometry, tiles: number, tileInner: number) {
  const pixels = batch * outHeight * outWidth;
  const wanted = Math.max(1, Math.min(Math.ceil(enoughGroups / tiles), Math.ceil(pixels / pixelsPerGroup)));
  const splitPixels = Math.max(1, Math.ceil(pixels / wanted / tileInner)) * tileInner;
  return { pixels, splits: Math.max(1, Math.ceil(pixels / splitPixels)), splitPixels };
}

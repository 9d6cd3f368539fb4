/** @file The gradient of a convolution with respect to its input, as convolutions of stride 1. */
import type { Conv2dGeometry } from "./geometry.ts";

/** Where a convolution's pixels go, in pixels of its result. */
export interface Placement {
  /** From one image to the next. */
  readonly image: number;
  /** From one row to the next. */
  readonly row: number;
  /** From one column to the next. */
  readonly column: number;
  /** Of the first pixel. */
  readonly first: number;
}

/** A convolution of dy that gives the gradient of every strideY-th row and strideX-th column of the input. */
export interface InputGradientPhase {
  /** Of the convolution; its padding may be negative, its filter may be empty. */
  readonly geometry: Conv2dGeometry;
  /** Filter height and width, last tap (y, x) and step from tap to tap (y, x). */
  readonly taps: readonly [number, number, number, number, number, number];
  readonly placement: Placement;
}

/**
 * Input row y meets filter row r at output row (y + padTop − r) / strideY where that divides, so rows y that are equal
 * modulo the stride meet the same filter rows, at outputs that follow one another. There are strideY × strideX such
 * phases (fewer for an image smaller than the stride).
 */
export function inputGradientPhases(g: Conv2dGeometry): InputGradientPhase[] {
  const down = alongAxis(g.height, g.filterHeight, g.strideY, g.padTop);
  const across = alongAxis(g.width, g.filterWidth, g.strideX, g.padLeft);
  return down.flatMap((y) =>
    across.map((x) => ({
      geometry: {
        ...{ batch: g.batch, height: g.outHeight, width: g.outWidth, channels: g.filters },
        ...{ filterHeight: y.taps, filterWidth: x.taps, filters: g.channels, strideY: 1, strideX: 1 },
        ...{ padTop: y.padding, padLeft: x.padding, outHeight: y.size, outWidth: x.size },
      },
      taps: [g.filterHeight, g.filterWidth, y.lastTap, x.lastTap, g.strideY, g.strideX],
      placement: {
        image: g.height * g.width,
        row: g.strideY * g.width,
        column: g.strideX,
        first: y.phase * g.width + x.phase,
      },
    })),
  );
}

function alongAxis(size: number, filterSize: number, stride: number, padding: number) {
  return Array.from({ length: Math.min(stride, size) }, (_, phase) => {
    const firstTap = (phase + padding) % stride;
    const taps = Math.max(0, Math.ceil((filterSize - firstTap) / stride));
    // The output at which the phase's first pixel meets its first tap; its last tap comes `taps - 1` outputs before.
    const output = (phase + padding - firstTap) / stride;
    return {
      phase,
      taps,
      lastTap: firstTap + (taps - 1) * stride,
      padding: taps - 1 - output,
      size: Math.ceil((size - phase) / stride),
    };
  });
}

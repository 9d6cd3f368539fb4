/** @file The gradient of a convolution with respect to its input, as convolutions of stride 1. */
import type { Conv2dGeometry, FilterAxis } from "./geometry.ts";

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
 * Input row y meets filter row r at output row (y + padTop − r · dilationY) / strideY where that divides, so rows y that
 * are equal modulo the stride meet the same filter rows, at outputs that are dilationY / gcd(strideY, dilationY) apart.
 * There are strideY × strideX such phases (fewer for an image smaller than the stride).
 */
export function inputGradientPhases(g: Conv2dGeometry): InputGradientPhase[] {
  const down = alongAxis(g.height, { taps: g.filterHeight, stride: g.strideY, dilation: g.dilationY }, g.padTop);
  const across = alongAxis(g.width, { taps: g.filterWidth, stride: g.strideX, dilation: g.dilationX }, g.padLeft);
  return down.flatMap((y) =>
    across.map((x) => ({
      geometry: {
        ...{ batch: g.batch, height: g.outHeight, width: g.outWidth, channels: g.filters },
        ...{ filterHeight: y.taps, filterWidth: x.taps, filters: g.channels, strideY: 1, strideX: 1 },
        ...{ groups: g.groups, groupChannels: g.groupFilters, groupFilters: g.groupChannels },
        ...{ dilationY: y.dilation, dilationX: x.dilation },
        ...{ padTop: y.padding, padLeft: x.padding, outHeight: y.size, outWidth: x.size },
      },
      taps: [g.filterHeight, g.filterWidth, y.lastTap, x.lastTap, y.tapStep, x.tapStep],
      placement: {
        image: g.height * g.width,
        row: g.strideY * g.width,
        column: g.strideX,
        first: y.phase * g.width + x.phase,
      },
    })),
  );
}

/** The taps that one phase meets are `tapStep` apart, and the outputs at which it meets them `dilation`. */
export function tapSteps({ stride, dilation }: Pick<FilterAxis, "stride" | "dilation">) {
  const shared = greatestCommonDivisor(stride, dilation);
  return { tapStep: stride / shared, dilation: dilation / shared };
}

function alongAxis(size: number, filter: FilterAxis, padding: number) {
  const { stride } = filter;
  const { tapStep, dilation } = tapSteps(filter);
  return Array.from({ length: Math.min(stride, size) }, (_, phase) => {
    const first = firstTap(phase + padding, filter, tapStep);
    const taps = Math.max(0, Math.ceil((filter.taps - first) / tapStep));
    // The output at which the phase's first pixel meets its first tap; its last tap comes `taps - 1` steps before.
    const output = taps === 0 ? 0 : (phase + padding - first * filter.dilation) / stride;
    return {
      ...{ phase, taps, tapStep, dilation },
      lastTap: first + (taps - 1) * tapStep,
      padding: (taps - 1) * dilation - output,
      size: Math.ceil((size - phase) / stride),
    };
  });
}

/** The first tap that pixels at `offset` from the first window's start meet; past the last one where there is none. */
function firstTap(offset: number, { taps, stride, dilation }: FilterAxis, tapStep: number): number {
  for (let tap = 0; tap < tapStep; tap++) if ((tap * dilation) % stride === offset % stride) return tap;
  return taps;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** @file How the axes of a reduction lie in memory, with as few of them as possible. */
import { ShapeError } from "../../errors.ts";
import { formatShape, type Shape } from "../../shape.ts";

/** Axes that the kernels walk. Once merged, reduced and kept ones alternate: at most half as many of each. */
const maxRank = 6;

/** Axes of one kind, outermost first, padded at the front with size 1 to exactly three. */
export interface AxisTriple {
  readonly sizes: readonly [number, number, number];
  /** In elements of x; 0 for padding. */
  readonly strides: readonly [number, number, number];
}

/** What a reduction walks. */
export interface ReduceLayout {
  readonly kept: AxisTriple;
  readonly reduced: AxisTriple;
  /** Number of results. */
  readonly outputs: number;
  /** Number of values reduced into one. */
  readonly count: number;
  /** Whether neighbours in memory are reduced into one result, rather than belonging to neighbouring results. */
  readonly innerReduced: boolean;
}

/** Lays out the reduction of `axes` of a tensor of `shape`. */
export function reduceLayout(op: string, shape: Shape, axes: readonly number[]): ReduceLayout {
  const merged = mergeAxes(op, shape, axes);
  const triple = (ofReduced: boolean): AxisTriple => {
    const own = merged.filter(({ reduced }) => reduced === ofReduced);
    const at = (place: number) => own[own.length - 3 + place];
    return {
      sizes: [at(0)?.size ?? 1, at(1)?.size ?? 1, at(2)?.size ?? 1],
      strides: [at(0)?.stride ?? 0, at(1)?.stride ?? 0, at(2)?.stride ?? 0],
    };
  };
  const [kept, reduced] = [triple(false), triple(true)];
  return {
    kept,
    reduced,
    outputs: product(kept.sizes),
    count: product(reduced.sizes),
    innerReduced: merged.at(-1)?.reduced ?? false,
  };
}

/** How results are spread back over x: x's axes, and the strides of a result along them. */
export interface ExpandLayout {
  /** Exactly six, outermost first, padded at the front with size 1. */
  readonly sizes: readonly number[];
  /** Of the reduced tensor, in elements; 0 along reduced axes. The last one is 0 or 1. */
  readonly strides: readonly number[];
}

/** Lays out the way back: from a tensor reduced over `axes` to one of `shape`. */
export function expandLayout(op: string, shape: Shape, axes: readonly number[]): ExpandLayout {
  const merged = mergeAxes(op, shape, axes);
  let stride = 1;
  const strides = merged.map(() => 0);
  for (let i = merged.length - 1; i >= 0; i--) {
    if (merged[i]!.reduced) continue;
    strides[i] = stride;
    stride *= merged[i]!.size;
  }
  const padding = (value: number) => new Array<number>(maxRank - merged.length).fill(value);
  return { sizes: [...padding(1), ...merged.map(({ size }) => size)], strides: [...padding(0), ...strides] };
}

interface MergedAxis {
  size: number;
  readonly stride: number;
  readonly reduced: boolean;
}

/** Drops axes of size 1 and joins neighbours that are both reduced or both kept. */
function mergeAxes(op: string, shape: Shape, axes: readonly number[]): MergedAxis[] {
  const merged: MergedAxis[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    if (size === 1) continue;
    const reduced = axes.includes(axis);
    if (merged[0]?.reduced === reduced) merged[0].size *= size;
    else merged.unshift({ size, stride, reduced });
    stride *= size;
  }
  if (merged.length > maxRank) {
    throw new ShapeError(
      `${op}: x is ${formatShape(shape)} and axes [${axes.join(", ")}] leave ${merged.length} axes after merging, at most ${maxRank} are supported`,
    );
  }
  return merged;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((result, size) => result * size, 1);
}

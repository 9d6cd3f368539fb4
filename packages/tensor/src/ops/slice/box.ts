/** @file A box within a larger tensor, with as few axes as possible: what slice reads, and pad writes. */
import { DTypeError, ShapeError } from "../../errors.ts";
import { formatShape, type Shape, stridesOf, type TensorSpec } from "../../shape.ts";

/** Axes that the kernels walk. */
const maxRank = 6;

/** A tuple of exactly six axes, outermost first, padded at the front. */
export type Six = readonly [number, number, number, number, number, number];

/** Where a box lies in a whole. Axes are padded at the front with size 1. */
export interface BoxLayout {
  readonly sizes: Six;
  readonly wholeSizes: Six;
  /** The box's first coordinates in the whole. */
  readonly begin: Six;
  /** Of the whole, in elements. */
  readonly wholeStrides: Six;
}

/** Lays out a box of `sizes` that begins at `begin`; axes that the box spans are joined with the one before. */
export function boxLayout(whole: Shape, sizes: Shape, begin: readonly number[]): BoxLayout {
  const axes: [size: number, wholeSize: number, begin: number][] = [];
  for (let axis = whole.length - 1; axis >= 0; axis--) {
    const inner = axes[0];
    if (inner && inner[0] === inner[1]) {
      axes[0] = [sizes[axis]! * inner[0], whole[axis]! * inner[1], begin[axis]! * inner[1]];
    } else axes.unshift([sizes[axis]!, whole[axis]!, begin[axis]!]);
  }
  while (axes.length < maxRank) axes.unshift([1, 1, 0]);
  const pick = (place: 0 | 1 | 2) => axes.map((axis) => axis[place]) as unknown as Six;
  return { sizes: pick(0), wholeSizes: pick(1), begin: pick(2), wholeStrides: stridesOf(pick(1)) as unknown as Six };
}

/** Checks that x has a dtype of four bytes and at most six axes. */
export function checkBoxed(op: string, x: TensorSpec): void {
  if (x.dtype === "uint8") throw new DTypeError(`${op}: x must be float32 or int32, got uint8`);
  if (x.shape.length > maxRank) {
    throw new ShapeError(`${op}: x is ${formatShape(x.shape)}, at most ${maxRank} axes are supported`);
  }
}

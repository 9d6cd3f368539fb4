/** @file How a permutation moves memory, with as few axes as possible. */
import { ShapeError } from "../../errors.ts";
import { formatShape, type Shape, stridesOf } from "../../shape.ts";

/** Axes that the kernels walk. */
const maxRank = 6;

/** The result's axes, outermost first, padded at the front with size 1 to exactly six. */
export interface TransposeLayout {
  readonly sizes: readonly number[];
  /** Of x along the result's axes, in elements; 0 for padding. */
  readonly strides: readonly number[];
}

/** Drops axes of size 1 and joins those that stay neighbours in the same order. */
export function transposeLayout(shape: Shape, permutation: readonly number[]): TransposeLayout {
  const own = stridesOf(shape);
  const sizes: number[] = [];
  const strides: number[] = [];
  for (const axis of permutation.toReversed()) {
    const size = shape[axis]!;
    if (size === 1) continue;
    if (sizes.length > 0 && own[axis] === strides[0]! * sizes[0]!) sizes[0]! *= size;
    else {
      sizes.unshift(size);
      strides.unshift(own[axis]!);
    }
  }
  if (sizes.length > maxRank) {
    throw new ShapeError(
      `transpose: x is ${formatShape(shape)} and permutation [${permutation.join(", ")}] leaves ${sizes.length} axes after merging, at most ${maxRank} are supported`,
    );
  }
  const padding = (value: number) => new Array<number>(maxRank - sizes.length).fill(value);
  return { sizes: [...padding(1), ...sizes], strides: [...padding(0), ...strides] };
}

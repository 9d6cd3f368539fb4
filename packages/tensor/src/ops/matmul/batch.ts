/** @file The leading axes of a matrix product: which matrix of either operand each result is made of. */
import { ShapeError } from "../../errors.ts";
import { broadcastShapes, formatShape, type Shape, sizeOf } from "../../shape.ts";

/** Axes that the kernels walk. Neighbours that both operands have, or that one is stretched along, count as one. */
const maxAxes = 4;

/** Exactly four merged axes, outermost first, padded at the front with size 1. */
export interface BatchLayout {
  /** The leading axes of the result. */
  readonly batchShape: readonly number[];
  /** Number of products: the product of `batchShape`. */
  readonly batches: number;
  readonly sizes: readonly [number, number, number, number];
  /** Elements of a from one product to the next along each axis; 0 where a is stretched. */
  readonly a: readonly [number, number, number, number];
  /** The same of b. */
  readonly b: readonly [number, number, number, number];
}

/** Lays out the products of operands whose last two axes are matrices. Throws ShapeError if they do not broadcast. */
export function batchLayout(a: Shape, b: Shape): BatchLayout {
  const [batchA, batchB] = [a.slice(0, -2), b.slice(0, -2)];
  const shape = broadcastShapes("matmul", [batchA, batchB]);
  const matrix = { a: sizeOf(a.slice(-2)), b: sizeOf(b.slice(-2)) };
  const merged: { size: number; a: boolean; b: boolean }[] = [];
  const has = (own: Shape, axis: number) => (own[own.length - shape.length + axis] ?? 1) !== 1;
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const [hasA, hasB] = [has(batchA, axis), has(batchB, axis)];
    const last = merged.at(-1);
    if (last?.a === hasA && last.b === hasB) last.size *= size;
    else merged.push({ size, a: hasA, b: hasB });
  });
  if (merged.length > maxAxes) {
    throw new ShapeError(
      `matmul: leading axes of ${formatShape(a)} and ${formatShape(b)} alternate ${merged.length} times in who is stretched, at most ${maxAxes} are supported`,
    );
  }
  while (merged.length < maxAxes) merged.unshift({ size: 1, a: false, b: false });
  return {
    batchShape: shape,
    batches: sizeOf(shape),
    sizes: merged.map(({ size }) => size) as Four,
    a: strides(
      merged.map((axis) => ({ size: axis.size, own: axis.a })),
      matrix.a,
    ),
    b: strides(
      merged.map((axis) => ({ size: axis.size, own: axis.b })),
      matrix.b,
    ),
  };
}

type Four = [number, number, number, number];

function strides(axes: readonly { size: number; own: boolean }[], matrix: number): Four {
  let stride = matrix;
  const result = axes.map(() => 0);
  for (let i = axes.length - 1; i >= 0; i--) {
    if (!axes[i]!.own) continue;
    result[i] = stride;
    stride *= axes[i]!.size;
  }
  return result as Four;
}

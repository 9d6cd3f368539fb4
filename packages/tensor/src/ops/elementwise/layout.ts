/** @file How the operands of an elementwise op lie against its output, with as few axes as possible. */
import { ShapeError } from "../../errors.ts";
import { formatShape, type Shape, stridesOf } from "../../shape.ts";

/** Axes that the kernels walk. */
const maxRank = 6;

/** Sizes and strides over exactly six axes, outermost first; leading axes are padded with size 1. */
export interface BroadcastLayout {
  readonly sizes: readonly number[];
  /** Of each operand, in elements; 0 along the axes on which it is stretched. */
  readonly strides: readonly (readonly number[])[];
  /** Whether every operand has the output's own layout. */
  readonly contiguous: boolean;
}

/** Lays `operands` against `output`, merging neighbouring axes that every operand walks as one. */
export function broadcastLayout(op: string, operands: readonly Shape[], output: Shape): BroadcastLayout {
  const strides = operands.map((shape) => {
    const own = stridesOf(shape);
    const missing = output.length - shape.length;
    return output.map((_, axis) => (axis < missing || shape[axis - missing] === 1 ? 0 : own[axis - missing]!));
  });
  const sizes: number[] = [];
  const merged: number[][] = operands.map(() => []);
  for (let axis = output.length - 1; axis >= 0; axis--) {
    const size = output[axis]!;
    if (size === 1) continue;
    const joins = sizes.length > 0 && strides.every((own, k) => own[axis] === merged[k]![0]! * sizes[0]!);
    if (joins) sizes[0]! *= size;
    else {
      sizes.unshift(size);
      merged.forEach((own, k) => {
        own.unshift(strides[k]![axis]!);
      });
    }
  }
  if (sizes.length > maxRank) {
    throw new ShapeError(
      `${op}: broadcasting ${operands.map(formatShape).join(" and ")} takes more than ${maxRank} axes`,
    );
  }
  const contiguous = merged.every((own) => sizes.length === 0 || (sizes.length === 1 && own[0] === 1));
  const padding = maxRank - sizes.length;
  const pad = (values: readonly number[], value: number) => [...new Array<number>(padding).fill(value), ...values];
  return { sizes: pad(sizes, 1), strides: merged.map((own) => pad(own, 0)), contiguous };
}

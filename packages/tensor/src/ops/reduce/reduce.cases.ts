/** @file Cases of sum, mean and max. */
import { formatShape, type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import type { InputSpec, OpCase } from "../../testing/case.ts";
import type { NdArray } from "../../testing/nd-array.ts";
import { exact, summation, type Tolerance } from "../../testing/tolerance.ts";
import { max } from "../max/max.ts";
import { mean } from "../mean/mean.ts";
import { sum } from "../sum/sum.ts";
import {
  maxGradientReference,
  maxReference,
  meanGradientReference,
  meanReference,
  type ReductionOptions,
  sumGradientReference,
  sumReference,
} from "./reduce.reference.ts";

/** One reduction: its op with both halves of its oracle. */
interface Reduction {
  readonly name: string;
  readonly op: (x: Tensor, options?: ReductionOptions) => Tensor;
  readonly reference: (x: NdArray, options: ReductionOptions) => NdArray;
  readonly gradient: (dy: NdArray, x: NdArray, options: ReductionOptions) => NdArray;
}

const sumOp: Reduction = { name: "sum", op: sum, reference: sumReference, gradient: sumGradientReference };
const meanOp: Reduction = { name: "mean", op: mean, reference: meanReference, gradient: meanGradientReference };
const maxOp: Reduction = { name: "max", op: max, reference: maxReference, gradient: maxGradientReference };

const distinct: Details = { distinct: true, tolerance: exact };

/** All axes, the first, the last, one in between, several that do and do not touch, none, axes of size 1. */
const layouts: readonly (readonly [Shape, ReductionOptions])[] = [
  [[3, 7, 5], {}],
  [[3, 7, 5], { axes: [0] }],
  [[3, 7, 5], { axes: [-1], keepDims: true }],
  [[3, 7, 5], { axes: [1] }],
  [[3, 7, 5], { axes: [2, 0] }],
  [[3, 7, 5], { axes: [] }],
  [[2, 5, 3, 11], { axes: [0, 1, 2] }],
  [[2, 3, 2, 5, 3], { axes: [1, 3], keepDims: true }],
  [[1, 4, 1], { axes: [0, 2] }],
  [[1], { axes: [0] }],
  [[], {}],
];

export const reductionCases: readonly OpCase[] = [
  ...layouts.map(([shape, options]) => reductionCase(sumOp, shape, options)),
  reductionCase(sumOp, [4999], {}),
  reductionCase(sumOp, [1031, 3], { axes: [0] }),
  reductionCase(sumOp, [3, 1031], { axes: [1] }),
  ...[0, 2, 4, 7].map((i) => reductionCase(meanOp, ...layouts[i]!)),
  reductionCase(meanOp, [1031, 3], { axes: [0] }),
  ...[0, 1, 2, 4, 8].map((i) => reductionCase(maxOp, ...layouts[i]!, distinct)),
  reductionCase(maxOp, [3, 1031], { axes: [1] }, distinct),
  {
    ...reductionCase(maxOp, [5, 9], { axes: [1] }, { low: -3, high: 3, multipleOf: 2 }, "with ties, "),
    notSmooth: "several elements are greatest",
  },
];

type Details = Omit<InputSpec, "shape"> & { readonly tolerance?: Tolerance };

function reductionCase(
  { name, op, reference, gradient }: Reduction,
  shape: Shape,
  options: ReductionOptions,
  details: Details = {},
  note = "",
): OpCase {
  const reduced = options.axes === undefined ? shape : options.axes.map((axis) => shape.at(axis)!);
  const { tolerance = summation(sizeOf(reduced)), ...range } = details;
  const axes = options.axes === undefined ? "every axis" : `axes ${formatShape(options.axes)}`;
  return {
    name: `${name} ${note}${formatShape(shape)} over ${axes}${options.keepDims ? ", kept" : ""}`,
    inputs: [{ shape, ...range }],
    run: (x) => op(x, options),
    reference: (x) => reference(x, options),
    referenceGradient: ([dy], x) => [gradient(dy, x, options)],
    tolerance,
  };
}

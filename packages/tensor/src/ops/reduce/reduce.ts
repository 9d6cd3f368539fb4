/** @file The shell of the reductions: sum, mean and max over any set of axes. */
import { ShapeError } from "../../errors.ts";
import { formatShape, normalizeAxes, type Shape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp, type GradientContext, type Op } from "../op.ts";
import { reduceLayout } from "./layout.ts";
import { reduceCpu } from "./reduce.cpu.ts";
import { reduceWebgpu } from "./reduce.webgpu.ts";

/** How values are combined. */
export type ReduceKind = "sum" | "mean" | "max";

/** Options of the reductions. */
export interface ReduceOptions {
  /** Axes to reduce, negative ones counted from the last. Default: all. */
  readonly axes?: number | readonly number[];
  /** Whether reduced axes stay, with size 1. Default: false. */
  readonly keepDims?: boolean;
}

/** Axes are resolved and sorted. */
export interface ReduceAttributes {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** Makes a reduction. `gradient` gives dx from dy, which has the result's shape. */
export function defineReduction(
  kind: ReduceKind,
  gradient: (context: GradientContext<ReduceAttributes>, dy: Tensor) => Tensor,
): Op<ReduceAttributes> {
  return defineOp<ReduceAttributes>({
    name: kind,
    shape([x], attributes) {
      checkDType(kind, "x", x!, "float32");
      const empty = attributes.axes.find((axis) => x!.shape[axis] === 0);
      if (kind === "max" && empty !== undefined) {
        throw new ShapeError(`max: expected values along axis ${empty}, got x of ${formatShape(x!.shape)}`);
      }
      reduceLayout(kind, x!.shape, attributes.axes);
      return [{ shape: reducedShape(x!.shape, attributes), dtype: "float32" }];
    },
    gradient: (context, [dy]) => [gradient(context, dy!)],
    webgpu: (device, [x], [y], { axes }) => reduceWebgpu(device, kind, x!, y!.block, axes),
    cpu: (device, [x], [y], { axes }) => reduceCpu(device, kind, x!, y!.block, axes),
  });
}

/** Calls a reduction on one tensor. */
export function applyReduction(
  op: Op<ReduceAttributes>,
  name: string,
  x: Tensor,
  { axes, keepDims = false }: ReduceOptions,
): Tensor {
  return op([x], { axes: normalizeAxes(name, axes, x.rank), keepDims })[0]!;
}

function reducedShape(shape: Shape, { axes, keepDims }: ReduceAttributes): number[] {
  return shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [size]));
}

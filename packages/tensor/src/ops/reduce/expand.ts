/** @file The way back from a reduction: values of results spread over what they were reduced from. */
import type { Shape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { defineOp } from "../op.ts";
import { expandCpu } from "./expand.cpu.ts";
import { expandWebgpu } from "./expand.webgpu.ts";

/**
 * What is computed for element i of x, o being the result that it was reduced into.
 * `divide`: `p[o] / divisor`. `ties`: 1 where `x[i] = p[o]` or both are NaN, else 0. `share`: `x[i] · p[o] / q[o]`.
 */
export type ExpandKind = "divide" | "ties" | "share";

/** The tensor that was reduced, and over which axes. */
export interface ExpandAttributes {
  readonly shape: Shape;
  readonly axes: readonly number[];
  readonly divisor: number;
}

/** Inputs are `[p]`, or `[p, x]`, or `[p, x, q]`; p and q have as many values as there are results. */
function defineExpand(name: string, kind: ExpandKind) {
  return defineOp<ExpandAttributes>({
    name,
    shape: (_, { shape }) => [{ shape, dtype: "float32" }],
    gradient: "none",
    webgpu: expandWebgpu(name, kind),
    cpu: expandCpu(name, kind),
  });
}

const divide = defineExpand("sum gradient", "divide");
const ties = defineExpand("max ties", "ties");
const share = defineExpand("max gradient", "share");

/** `dy / divisor`, repeated along the `axes` over which a tensor of `shape` was reduced. */
export function expand(dy: Tensor, shape: Shape, axes: readonly number[], divisor: number): Tensor {
  return divide([dy], { shape, axes, divisor })[0]!;
}

/**
 * dy, shared equally among the elements of x that equal the maximum `y` they were reduced into.
 *
 * @param count sums over the same axes: how many elements share
 */
export function maxGradient(
  x: Tensor,
  y: Tensor,
  dy: Tensor,
  axes: readonly number[],
  count: (ties: Tensor) => Tensor,
): Tensor {
  const attributes = { shape: x.shape, axes, divisor: 1 };
  const winners = ties([y, x], attributes)[0]!;
  const counts = count(winners);
  const result = share([dy, winners, counts], attributes)[0]!;
  winners.dispose();
  counts.dispose();
  return result;
}

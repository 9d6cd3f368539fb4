/** @file The way back from broadcasting. */
import { scope } from "../scope.ts";
import { broadcastAxes, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { reshape } from "./reshape/reshape.ts";
import { sum } from "./sum/sum.ts";

/**
 * Sums a gradient over the axes on which its operand was stretched, and disposes of what it took; if that is `dy`
 * itself, which the tape owns, it stays.
 */
export function sumTo(gradient: Tensor, shape: readonly number[], dy?: Tensor): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  try {
    return scope(() => reshape(sum(gradient, { axes: broadcastAxes(shape, gradient.shape) }), shape));
  } finally {
    if (gradient !== dy) gradient.dispose();
  }
}

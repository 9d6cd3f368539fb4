import { ArgumentError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { defineElementwise } from "../elementwise/elementwise.ts";

const gradientOp = defineElementwise({
  name: "elu gradient",
  operands: ["dy", "y"],
  wgsl: "select(a * (b + alpha), a, b > 0.0)",
  cpu: "elementwiseEluGradient",
  gradient: "none",
});

/** dy where y > 0, else dy·(y + α): the derivative of α(eˣ − 1) is its value plus α. */
export function eluGradient(dy: Tensor, y: Tensor, alpha = 1): Tensor {
  return gradientOp([dy, y], { alpha })[0]!;
}

const op = defineElementwise({
  name: "elu",
  operands: ["x"],
  wgsl: "select(alpha * (exp(min(a, 0.0)) - 1.0), a, a > 0.0)",
  cpu: "elementwiseElu",
  gradient: [({ dy, output, alpha }) => eluGradient(dy, output, alpha)],
});

/**
 * Exponential linear unit, element by element: x where x > 0, else α(eˣ − 1). float32, any shape.
 * Clevert, Unterthiner and Hochreiter, 2016 (arXiv 1511.07289).
 *
 * @param options.alpha α, default 1; greater than 0, so that the gradient can be told from the output
 * @throws ArgumentError if α is not greater than 0
 */
export function elu(x: Tensor, { alpha = 1 }: { alpha?: number } = {}): Tensor {
  if (!(alpha > 0)) throw new ArgumentError(`elu: alpha must be greater than 0, got ${alpha}`);
  return op([x], { alpha })[0]!;
}

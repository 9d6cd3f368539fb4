import type { Tensor } from "../../tensor.ts";
import { defineElementwise, noAlpha } from "../elementwise/elementwise.ts";

/** dy·σ(x)(1 + x·σ(−x)) */
const gradientOp = defineElementwise({
  name: "silu gradient",
  operands: ["dy", "x"],
  wgsl: "a * (sigmoid(b) * (1.0 + b * sigmoid(-b)))",
  cpu: "elementwiseSiluGradient",
  gradient: "none",
});

const op = defineElementwise({
  name: "silu",
  operands: ["x"],
  wgsl: "a * sigmoid(a)",
  cpu: "elementwiseSilu",
  gradient: [({ dy, inputs: [x] }) => gradientOp([dy, x!], noAlpha)[0]!],
});

/**
 * Sigmoid linear unit (swish), element by element: x·σ(x), σ(x) = 1 / (1 + e⁻ˣ). float32, any shape.
 * Hendrycks and Gimpel, 2016 (arXiv 1606.08415); Elfwing, Uchibe and Doya, 2017 (arXiv 1702.03118).
 *
 * @throws DTypeError if x is not float32
 */
export function silu(x: Tensor): Tensor {
  return op([x], noAlpha)[0]!;
}

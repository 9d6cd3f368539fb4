/** @file Activations that matmul and conv2d apply as they store their result, saving a pass over memory. */
import type { Tensor } from "../tensor.ts";
import { eluGradient } from "./elu/elu.ts";
import { reluGradient } from "./relu/relu.ts";

/** `relu`: max(z, 0). `elu`: z where z > 0, e^z − 1 elsewhere (α = 1). */
export type Activation = "none" | "relu" | "elu";

/**
 * The gradient in front of an activation: `dz = dy ⊙ activation'(z)`, with the derivative taken from the result `y`
 * (relu: 1 where y > 0, else 0; elu: 1 where y > 0, else y + 1), so that z need not be kept.
 *
 * @returns a new tensor, or `dy` itself for `"none"`
 */
export function activationGradient(activation: Activation, dy: Tensor, y: Tensor): Tensor {
  if (activation === "none") return dy;
  return activation === "relu" ? reluGradient(dy, y) : eluGradient(dy, y);
}

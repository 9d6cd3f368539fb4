/** @file Reverse-mode differentiation, for whoever trains without the optimizers' `step`. */
import { checkDifferentiable, noGradient, walkBack } from "./autograd.ts";
import { ShapeError } from "./errors.ts";
import { add } from "./ops/add/add.ts";
import { scope } from "./scope.ts";
import { formatShape, sameShape } from "./shape.ts";
import { type Tensor, tensor } from "./tensor.ts";

/**
 * Gradients of `outputs` with respect to `inputs`: the vector–Jacobian product with `seeds`.
 *
 * @param outputs a scalar loss, or tensors of any shape together with `seeds`
 * @param inputs tensors with `requiresGradient` set before they were used
 * @param seeds gradient of each output; default 1 for a scalar
 * @param ready is told of each input's gradient as soon as it is whole, while the walk goes on: the number of the input
 *   in `inputs` and the gradient, which `gradients` returns as well
 * @returns a gradient of each input's shape, or `null` where the outputs do not depend on it
 */
export function gradients(
  outputs: Tensor | readonly Tensor[],
  inputs: readonly Tensor[],
  seeds?: readonly Tensor[],
  ready?: (input: number, gradient: Tensor | null) => void,
): (Tensor | null)[] {
  const list = "shape" in outputs ? [outputs] : outputs;
  checkDifferentiable("gradients", list);
  // A scope, so that nothing stays where the walk fails halfway.
  return scope(() => {
    const given = seeds ?? list.map(one);
    given.forEach((seed, i) => {
      const output = list[i];
      if (output && sameShape(seed.shape, output.shape)) return;
      throw new ShapeError(
        `gradients: seed ${i} is ${formatShape(seed.shape)}, its output ${formatShape(output?.shape ?? [])}`,
      );
    });
    const numbers = new Map(inputs.map((input, i) => [input, i]));
    const tell = ready && ((input: Tensor, gradient: Tensor | null) => ready(numbers.get(input)!, gradient));
    return walkBack(list, given, inputs, (a, b) => noGradient(() => add(a, b)), tell);
  });
}

function one(output: Tensor): Tensor {
  if (output.size !== 1) {
    throw new ShapeError(`gradients: expected a scalar loss, got ${formatShape(output.shape)}`, {
      hints: ["reduce it with mean or sum, or pass seeds"],
    });
  }
  return tensor(new Float32Array([1]), output.shape, { device: output.device });
}

import { ArgumentError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import type { Tensor } from "../../tensor.ts";
import { mul } from "../mul/mul.ts";
import { sumOfSquares } from "../sum-of-squares/sum-of-squares.ts";

/**
 * The L2 penalty of weights, as Keras's `l2(λ)` defines it: `y = λ Σₜ Σᵢ wₜ[i]²`, with the gradient `2 λ w`.
 *
 * It is a scalar on the tape, to be added to a loss, and not a term that an optimizer adds to gradients: so the loss
 * that is reported contains it, as Keras's does, and it means the same under every optimizer. Under plain stochastic
 * gradient descent it equals a weight decay of 2 λ.
 *
 * @param parameters float32, of any shapes; at least one
 * @param lambda λ, a finite number of at least 0
 * @returns a float32 scalar
 * @throws ArgumentError if there are no parameters or λ is out of range
 * @throws DTypeError if a tensor is not float32
 */
export function l2Penalty(parameters: readonly Tensor[], lambda: number): Tensor {
  if (!(lambda >= 0 && Number.isFinite(lambda))) {
    throw new ArgumentError(`l2Penalty: lambda must be a finite number of at least 0, got ${lambda}`);
  }
  if (parameters.length === 0) throw new ArgumentError("l2Penalty: expected at least one parameter");
  return scope(() => {
    const sum = sumOfSquares(parameters);
    const penalty = mul(sum, lambda);
    if (penalty.node) penalty.own([sum]);
    return penalty;
  });
}

/** @file Gradients cut down to size, in place and without the host. */
import { noGradient } from "../../autograd.ts";
import { ArgumentError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineUpdate } from "../op.ts";
import { sqrt } from "../sqrt/sqrt.ts";
import { sumOfSquares } from "../sum-of-squares/sum-of-squares.ts";
import { clipNormCpu, clipValueCpu } from "./clip-gradients.cpu.ts";
import { clipNormWebgpu, clipValueWebgpu } from "./clip-gradients.webgpu.ts";

/** The greatest norm, or the greatest magnitude of an element. */
export interface ClipAttributes {
  readonly limit: number;
}

const scaleToNorm = defineUpdate<ClipAttributes>({
  name: "clipGradientNorm",
  check: ([target]) => checkDType("clipGradientNorm", "a gradient", target!, "float32"),
  webgpu: clipNormWebgpu,
  cpu: clipNormCpu,
});

const clipToValue = defineUpdate<ClipAttributes>({
  name: "clipGradientValue",
  check: ([target]) => checkDType("clipGradientValue", "a gradient", target!, "float32"),
  webgpu: clipValueWebgpu,
  cpu: clipValueCpu,
});

/**
 * Scales gradients in place so that their global norm is at most `maxNorm`: `g = g · min(1, maxNorm / (norm + 1e-6))`
 * with `norm = √(Σ g²)` over all of them, as PyTorch's `clip_grad_norm_` (Pascanu, Mikolov and Bengio, "On the difficulty
 * of training recurrent neural networks", 2013). Norm and factor stay on the device; the norm is summed in an order
 * that depends on the sizes alone. Where the factor is 1, nothing is written.
 *
 * As in PyTorch, a norm of NaN makes every gradient NaN. An infinite norm, which finite gradients whose squares overflow
 * float32 have too, makes the factor 0: what is finite becomes 0 and what is infinite NaN, or, where maxNorm is infinite
 * as well, all of it NaN.
 *
 * @param gradients float32, of any shapes, such as the blocks of an arena; at least one
 * @param maxNorm greater than 0; infinity only measures
 * @returns the norm before: a float32 scalar, which is the caller's
 * @throws ArgumentError if there are no gradients or maxNorm is not greater than 0
 * @throws DTypeError if a gradient is not float32
 */
export function clipGradientNorm(gradients: readonly Tensor[], maxNorm: number): Tensor {
  checkLimit("clipGradientNorm", "maxNorm", maxNorm);
  if (gradients.length === 0) throw new ArgumentError("clipGradientNorm: expected at least one gradient");
  return scope(() => {
    const norm = noGradient(() => sqrt(sumOfSquares(gradients)));
    for (const gradient of gradients) if (gradient.size > 0) scaleToNorm([gradient], [norm], { limit: maxNorm });
    return norm;
  });
}

/**
 * Cuts every element of gradients in place to `[−limit, limit]`, as PyTorch's `clip_grad_value_`. NaN stays.
 *
 * @param gradients float32, of any shapes
 * @param limit greater than 0
 * @throws ArgumentError if the limit is not greater than 0
 * @throws DTypeError if a gradient is not float32
 */
export function clipGradientValue(gradients: readonly Tensor[], limit: number): void {
  checkLimit("clipGradientValue", "limit", limit);
  // The kernels compare: the greatest float32 does for infinity, which WGSL does not promise to have.
  const least = Math.min(limit, greatestFloat);
  for (const gradient of gradients) if (gradient.size > 0) clipToValue([gradient], [], { limit: least });
}

const greatestFloat = (2 - 2 ** -23) * 2 ** 127;

function checkLimit(op: string, name: string, value: number): void {
  if (!(value > 0)) throw new ArgumentError(`${op}: ${name} must be greater than 0, got ${value}`);
}

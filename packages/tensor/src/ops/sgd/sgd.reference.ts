/** @file Float64 oracle of stochastic gradient descent with momentum, as PyTorch's `torch.optim.SGD` defines it. */
import { mapArray, type NdArray } from "../../testing/nd-array.ts";

/** What SGD keeps for a parameter; the velocity begins as zeros. */
export interface SgdReferenceState {
  readonly parameter: NdArray;
  readonly velocity: NdArray;
}

/** SGD's settings. */
export interface SgdReferenceOptions {
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  /** λ, and whether it stays out of the gradient. */
  readonly weightDecay: number;
  readonly decoupled: boolean;
}

/**
 * `g = gradient + λ θ`, `v = momentum · v + g`, `θ = θ − lr · (nesterov ? g + momentum · v : v)`; a decoupled λ gives
 * `g = gradient` and `θ = θ (1 − lr · λ) − lr · …`.
 */
export function sgdReference(
  { parameter, velocity }: SgdReferenceState,
  gradient: NdArray,
  { learningRate, momentum, nesterov, weightDecay, decoupled }: SgdReferenceOptions,
): SgdReferenceState {
  const g = mapArray(gradient, (value, i) => value + (decoupled ? 0 : weightDecay * parameter.data[i]!));
  const kept = decoupled ? 1 - learningRate * weightDecay : 1;
  const moved = mapArray(velocity, (value, i) => momentum * value + g.data[i]!);
  const updated = mapArray(parameter, (value, i) => {
    const direction = nesterov ? g.data[i]! + momentum * moved.data[i]! : moved.data[i]!;
    return kept * value - learningRate * direction;
  });
  return { parameter: updated, velocity: moved };
}

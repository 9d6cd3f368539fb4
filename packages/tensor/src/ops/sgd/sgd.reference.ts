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
}

/** `v = momentum · v + g`, `θ = θ − lr · (nesterov ? g + momentum · v : v)`. */
export function sgdReference(
  { parameter, velocity }: SgdReferenceState,
  gradient: NdArray,
  { learningRate, momentum, nesterov }: SgdReferenceOptions,
): SgdReferenceState {
  const moved = mapArray(velocity, (value, i) => momentum * value + gradient.data[i]!);
  const updated = mapArray(parameter, (value, i) => {
    const direction = nesterov ? gradient.data[i]! + momentum * moved.data[i]! : moved.data[i]!;
    return value - learningRate * direction;
  });
  return { parameter: updated, velocity: moved };
}

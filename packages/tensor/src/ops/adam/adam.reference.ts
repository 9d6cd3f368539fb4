/**
 * @file Float64 oracle of Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1), with
 * decoupled weight decay (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019).
 */
import { mapArray, type NdArray } from "../../testing/nd-array.ts";

/** What Adam keeps for a parameter; both moments begin as zeros. */
export interface AdamReferenceState {
  readonly parameter: NdArray;
  readonly firstMoment: NdArray;
  readonly secondMoment: NdArray;
}

/** Adam's settings, and the number of this step. */
export interface AdamReferenceOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** λ. */
  readonly weightDecay: number;
  /** Counts from 1. */
  readonly step: number;
}

/**
 * `m = β₁ m + (1 − β₁) g`, `v = β₂ v + (1 − β₂) g²`, `m̂ = m / (1 − β₁^t)`, `v̂ = v / (1 − β₂^t)`,
 * `θ = θ (1 − lr · λ) − lr · m̂ / (√v̂ + ε)`.
 */
export function adamReference(
  { parameter, firstMoment, secondMoment }: AdamReferenceState,
  gradient: NdArray,
  { learningRate, beta1, beta2, epsilon, weightDecay, step }: AdamReferenceOptions,
): AdamReferenceState {
  const m = mapArray(firstMoment, (value, i) => beta1 * value + (1 - beta1) * gradient.data[i]!);
  const v = mapArray(secondMoment, (value, i) => beta2 * value + (1 - beta2) * gradient.data[i]! ** 2);
  const updated = mapArray(parameter, (value, i) => {
    const first = m.data[i]! / (1 - beta1 ** step);
    const second = v.data[i]! / (1 - beta2 ** step);
    return value * (1 - learningRate * weightDecay) - (learningRate * first) / (Math.sqrt(second) + epsilon);
  });
  return { parameter: updated, firstMoment: m, secondMoment: v };
}

/** @file Float64 oracle of RMSprop as PyTorch's `torch.optim.RMSprop` defines it. */
import { mapArray, type NdArray } from "../../testing/nd-array.ts";

/** What RMSprop keeps for a parameter; all but the parameter begin as zeros. */
export interface RmspropReferenceState {
  readonly parameter: NdArray;
  readonly meanSquare: NdArray;
  readonly meanGradient: NdArray;
  readonly velocity: NdArray;
}

/** RMSprop's settings. */
export interface RmspropReferenceOptions {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly rho: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly centered: boolean;
}

/**
 * `g = gradient + λ θ`, `s = ρ s + (1 − ρ) g²`, `a = ρ a + (1 − ρ) g`, `v = μ v + g / (√(centered ? s − a² : s) + ε)`,
 * `θ = θ − lr · v`.
 */
export function rmspropReference(
  { parameter, meanSquare, meanGradient, velocity }: RmspropReferenceState,
  gradient: NdArray,
  { learningRate, weightDecay, rho, epsilon, momentum, centered }: RmspropReferenceOptions,
): RmspropReferenceState {
  const g = mapArray(gradient, (value, i) => value + weightDecay * parameter.data[i]!);
  const s = mapArray(meanSquare, (value, i) => rho * value + (1 - rho) * g.data[i]! ** 2);
  const a = mapArray(meanGradient, (value, i) => rho * value + (1 - rho) * g.data[i]!);
  const v = mapArray(velocity, (value, i) => {
    const variance = centered ? s.data[i]! - a.data[i]! ** 2 : s.data[i]!;
    return momentum * value + g.data[i]! / (Math.sqrt(Math.max(0, variance)) + epsilon);
  });
  const updated = mapArray(parameter, (value, i) => value - learningRate * v.data[i]!);
  return { parameter: updated, meanSquare: s, meanGradient: a, velocity: v };
}

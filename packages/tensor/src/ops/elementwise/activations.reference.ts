/** @file Float64 oracles of the activations: each function with its derivative. */
import type { UnaryFunction } from "./elementwise.reference.ts";

const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const normalDensity = (x: number) => Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);

/** Φ(x) = ½ + φ(x)(x + x³/3 + x⁵/(3·5) + …): no terms cancel. Marsaglia, 2004 (J. Stat. Soft. 11, 4). */
function normalDistribution(x: number): number {
  let term = x;
  let sum = 0;
  for (let odd = 3; sum + term !== sum; odd += 2) {
    sum += term;
    term *= (x * x) / odd;
  }
  return 0.5 + normalDensity(x) * sum;
}

export const activationFunctions = {
  sigmoid: { value: logistic, derivative: (x) => logistic(x) * logistic(-x) },
  tanh: { value: Math.tanh, derivative: (x) => 1 / Math.cosh(x) ** 2 },
  softplus: { value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), derivative: logistic },
  silu: { value: (x) => x * logistic(x), derivative: (x) => logistic(x) * (1 + x * logistic(-x)) },
  gelu: {
    value: (x) => x * normalDistribution(x),
    derivative: (x) => normalDistribution(x) + x * normalDensity(x),
  },
} as const satisfies Record<string, UnaryFunction>;

/** x where x > 0, else αx. */
export function leakyReluFunction(alpha = 0.3): UnaryFunction {
  return { value: (x) => (x > 0 ? x : alpha * x), derivative: (x) => (x > 0 ? 1 : alpha) };
}

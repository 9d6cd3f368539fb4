/** @file Checks the oracle's gradients against finite differences of its own forward pass, in float64. */
import type { OpCase } from "./case.ts";
import { MismatchError } from "./compare.ts";
import { drawInputs, drawSeeds, wantsGradient } from "./inputs.ts";
import type { NdArray } from "./nd-array.ts";

/** Small beside the curvature of every op at the inputs drawn, large beside float64's roundoff. */
const step = 1e-6;
const tolerance = 1e-6;
const directions = 2;

/** Streams of the case's seed: inputs begin at 0, output gradients and directions lie far above. */
const outputGradientStream = 1000;
const directionStream = 2000;

/**
 * Compares `Σ g · v` with `(L(x + h v) − L(x − h v)) / 2h`, where L sums the outputs weighted by random numbers, g is
 * the oracle's gradient of L and v a random direction through all inputs that want a gradient.
 *
 * @returns false if there is nothing to compare: the op has no gradient, or the case is not smooth
 * @throws MismatchError if the two differ by more than a millionth of the terms' root sum of squares
 */
export function checkOracle(opCase: OpCase): boolean {
  const { name, referenceGradient, notSmooth } = opCase;
  if (!referenceGradient || notSmooth !== undefined) return false;
  const inputs = drawInputs(name, opCase.inputs);
  const weights = drawOutputGradients(opCase, referenceOutputs(opCase, inputs));
  const gradients = referenceGradient(weights, ...inputs);
  for (let direction = 0; direction < directions; direction++) {
    const moves = opCase.inputs.map((spec, i) =>
      wantsGradient(spec) ? drawSeeds(name, directionStream + 100 * direction + i, spec.shape) : null,
    );
    const loss = (distance: number) =>
      weightedSum(weights, referenceOutputs(opCase, displace(inputs, moves, distance)));
    const difference = (loss(step) - loss(-step)) / (2 * step);
    const terms = moves.flatMap((move, i) => (move ? products(gradients[i] ?? null, move) : []));
    const expected = terms.reduce((sum, term) => sum + term, 0);
    const norm = Math.sqrt(terms.reduce((sum, term) => sum + term * term, 0));
    if (Math.abs(difference - expected) <= tolerance * Math.max(norm, 1e-3)) continue;
    throw new MismatchError(
      `${name}: the oracle's gradient along direction ${direction} is ${expected}, finite differences give ${difference}`,
    );
  }
  return true;
}

/** The oracle's outputs, as a list. */
export function referenceOutputs({ reference }: OpCase, inputs: readonly NdArray[]): readonly NdArray[] {
  const outputs = reference(...inputs);
  return "shape" in outputs ? [outputs] : outputs;
}

/** Random gradients of the outputs that gradients flow from. */
export function drawOutputGradients(
  { name, differentiableOutputs }: OpCase,
  outputs: readonly NdArray[],
): [NdArray, ...NdArray[]] {
  const seeds = outputs
    .slice(0, differentiableOutputs)
    .map(({ shape }, i) => drawSeeds(name, outputGradientStream + i, shape));
  return seeds as [NdArray, ...NdArray[]];
}

function displace(inputs: readonly NdArray[], moves: readonly (NdArray | null)[], distance: number): NdArray[] {
  return inputs.map((input, i) => {
    const move = moves[i];
    return move ? { shape: input.shape, data: input.data.map((value, j) => value + distance * move.data[j]!) } : input;
  });
}

function weightedSum(weights: readonly NdArray[], outputs: readonly NdArray[]): number {
  return weights.reduce(
    (sum, weight, i) => products(weight, outputs[i]!).reduce((total, term) => total + term, sum),
    0,
  );
}

function products(a: NdArray | null, b: NdArray): number[] {
  return a ? Array.from(a.data, (value, i) => value * b.data[i]!) : [];
}

/** @file A gradient check that needs no oracle, for whoever writes an op. */
import type { Device } from "../devices/device.ts";
import { gradients } from "../gradients.ts";
import { scope } from "../scope.ts";
import { type Tensor, tensor } from "../tensor.ts";
import type { InputSpec } from "./case.ts";
import { upload } from "./check-case.ts";
import { MismatchError } from "./compare.ts";
import { drawInputs, drawSeeds, toTensorData, wantsGradient } from "./inputs.ts";
import type { NdArray } from "./nd-array.ts";

/** Options of {@link gradientCheck}. */
export interface GradientCheckOptions {
  /** Names the function in errors, and seeds its inputs. Default: `"gradientCheck"`. */
  readonly name?: string;
  /** How far inputs are moved to either side, times a random number of [−1, 1). Default: 2^−7. */
  readonly step?: number;
  /** Greatest difference, relative to the root sum of squares of the terms. Default: 0.01. */
  readonly tolerance?: number;
  /** Random directions to try. Default: 2. */
  readonly directions?: number;
}

const weightStream = 1000;
const directionStream = 2000;

/**
 * Checks the gradient of `fn` on a device: with a loss L that sums the output weighted by random numbers, compares
 * `Σ dL/dx · (x⁺ − x⁻)` with `L(x⁺) − L(x⁻)`, x⁺ and x⁻ being moved a little along a random direction to either side.
 * The outputs are float32, so this finds wrong formulas and indices, not lost digits.
 *
 * @param fn a differentiable function of tensors, of one float32 tensor
 * @param inputs how to draw the inputs; keep them away from kinks
 * @throws MismatchError if the two differ by more than the tolerance
 */
export async function gradientCheck(
  device: Device,
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly InputSpec[],
  options: GradientCheckOptions = {},
): Promise<void> {
  const { name = "gradientCheck", step = 2 ** -7, tolerance = 0.01, directions = 2 } = options;
  const center = drawInputs(name, inputs);
  const output = await evaluate(device, fn, inputs, center);
  const weights = drawSeeds(name, weightStream, output.shape);
  const derivatives = await differentiate(device, fn, inputs, center, weights);
  for (let direction = 0; direction < directions; direction++) {
    const moves = inputs.map(({ shape }, i) => drawSeeds(name, directionStream + 100 * direction + i, shape));
    const [ahead, behind] = [step, -step].map((distance) => displace(inputs, center, moves, distance)) as Sides;
    const difference =
      dot(weights, await evaluate(device, fn, inputs, ahead)) -
      dot(weights, await evaluate(device, fn, inputs, behind));
    const terms = derivatives.flatMap((derivative, i) =>
      derivative ? Array.from(derivative, (g, j) => g * (ahead[i]!.data[j]! - behind[i]!.data[j]!)) : [],
    );
    const expected = terms.reduce((sum, term) => sum + term, 0);
    const norm = Math.sqrt(terms.reduce((sum, term) => sum + term * term, 0));
    if (Math.abs(expected - difference) <= tolerance * Math.max(norm, step * step)) continue;
    throw new MismatchError(
      `${name}: along direction ${direction} the gradient says ${expected}, finite differences ${difference}`,
      { hints: ["keep inputs away from kinks", "a smaller step helps where the function curves strongly"] },
    );
  }
}

type Sides = [NdArray[], NdArray[]];

/** Moves float32 inputs, rounded to what the device will hold. */
function displace(inputs: readonly InputSpec[], center: NdArray[], moves: NdArray[], distance: number): NdArray[] {
  return center.map(({ shape, data }, i) => {
    const move = moves[i]!.data;
    const moved = (value: number, j: number): number => Math.fround(value + distance * move[j]!);
    return { shape, data: wantsGradient(inputs[i]!) ? data.map(moved) : data };
  });
}

async function evaluate(
  device: Device,
  fn: (...inputs: Tensor[]) => Tensor,
  specs: readonly InputSpec[],
  values: readonly NdArray[],
): Promise<NdArray> {
  using output = scope(() => fn(...values.map((value, i) => upload(device, value, specs[i]!))));
  return { shape: output.shape, data: Float64Array.from(await output.data()) };
}

async function differentiate(
  device: Device,
  fn: (...inputs: Tensor[]) => Tensor,
  specs: readonly InputSpec[],
  values: readonly NdArray[],
  weights: NdArray,
): Promise<(Float64Array | null)[]> {
  const found = scope(() => {
    const tensors = values.map((value, i) => upload(device, value, specs[i]!));
    const wanted = tensors.filter((one) => one.requiresGradient);
    const output = fn(...tensors);
    const results = gradients(output, wanted, [tensor(toTensorData(weights), weights.shape, { device })]);
    return tensors.map((one) => (one.requiresGradient ? (results[wanted.indexOf(one)] ?? null) : null));
  });
  const data = await Promise.all(found.map((gradient) => gradient?.data() ?? null));
  for (const gradient of found) gradient?.dispose();
  return data.map((gradient) => (gradient ? Float64Array.from(gradient) : null));
}

function dot(a: NdArray, b: NdArray): number {
  return a.data.reduce((sum, value, i) => sum + value * b.data[i]!, 0);
}

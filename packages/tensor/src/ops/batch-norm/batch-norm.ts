/** @file Batch normalisation over all axes but the last. */
import { ArgumentError, ShapeError } from "../../errors.ts";
import { formatShape, sizeOf, type TensorSpec } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp } from "../op.ts";
import { batchNormCpu, batchNormGradientCpu, batchNormInferenceCpu } from "./batch-norm.cpu.ts";
import { batchNormGradientWebgpu, batchNormInferenceWebgpu, batchNormWebgpu } from "./batch-norm.webgpu.ts";

/** What the launches need to know besides shapes. */
export interface BatchNormAttributes {
  readonly epsilon: number;
}

/** What the gradient's launch needs to know. */
export interface BatchNormGradientAttributes {
  /** Whether mean and variance were those of x, and so depend on it. */
  readonly training: boolean;
}

/** Options of {@link batchNorm}. */
export interface BatchNormOptions {
  /** γ, float32 [channels]. */
  readonly scale: Tensor;
  /** β, float32 [channels]. */
  readonly offset: Tensor;
  /** Added to the variance, at least 0. Default: 0.001. */
  readonly epsilon?: number;
}

/** Options of {@link batchNormInference}. */
export interface BatchNormInferenceOptions extends BatchNormOptions {
  /** float32 [channels]. */
  readonly mean: Tensor;
  /** float32 [channels]. */
  readonly variance: Tensor;
}

/** What {@link batchNorm} gives. */
export interface BatchNormResult {
  /** The shape of x. */
  readonly y: Tensor;
  /** [channels]; a constant to whatever is computed from it. */
  readonly mean: Tensor;
  /** [channels], biased: divided by the number of values. A constant to whatever is computed from it. */
  readonly variance: Tensor;
}

const defaultEpsilon = 1e-3;

/** [y, mean, variance] and `saved` [2, channels], what the gradient needs: mean and 1 / √(variance + ε). */
const training = defineOp<BatchNormAttributes>({
  name: "batchNorm",
  shape: (inputs, attributes) => {
    const [x, channels] = checkInputs("batchNorm", inputs, attributes);
    if (sizeOf(x.shape) === 0) {
      throw new ShapeError(`batchNorm: x has no values to take statistics of: ${formatShape(x.shape)}`);
    }
    return [x, channels, channels, { shape: [2, ...channels.shape], dtype: "float32" }];
  },
  gradient: ({ inputs: [x, scale], outputs: [, , , saved], needs }, [dy]) =>
    inputGradients([dy!, x!, scale!, saved!], true, needs),
  visible: 3,
  webgpu: batchNormWebgpu,
  cpu: batchNormCpu,
});

/** [y] and `saved`, from [x, scale, offset, mean, variance]. */
const inference = defineOp<BatchNormAttributes>({
  name: "batchNormInference",
  shape: (inputs, attributes) => {
    const [x, channels] = checkInputs("batchNormInference", inputs, attributes);
    return [x, { shape: [2, ...channels.shape], dtype: "float32" }];
  },
  gradient: ({ inputs: [x, scale], outputs: [, saved], needs }, [dy]) =>
    inputGradients([dy!, x!, scale!, saved!], false, needs),
  visible: 1,
  webgpu: batchNormInferenceWebgpu,
  cpu: batchNormInferenceCpu,
});

/** [dx, dscale, doffset] from [dy, x, scale, saved]. */
const gradient = defineOp<BatchNormGradientAttributes>({
  name: "batchNormGradient",
  shape: ([, x, scale]) => [x!, scale!, scale!],
  gradient: "none",
  webgpu: batchNormGradientWebgpu,
  cpu: batchNormGradientCpu,
});

/**
 * Batch normalisation with the batch's own statistics: `y = (x − mean) / √(variance + ε) · scale + offset` (Ioffe and
 * Szegedy, "Batch normalization", 2015), mean and biased variance being taken over all axes but the last.
 *
 * Gradients flow to x, scale and offset, taking into account that mean and variance depend on x. Mean and variance come
 * out as well, for moving averages; they are the caller's to dispose of, as soon as it likes.
 *
 * @param x float32 [..., channels]
 * @returns y, float32 and of the shape of x, with the mean and the variance, float32 [channels]
 * @throws ShapeError if scale or offset are not [channels], or x has no values
 * @throws ArgumentError if epsilon is negative
 * @throws DTypeError if an operand is not float32
 */
export function batchNorm(x: Tensor, { scale, offset, epsilon = defaultEpsilon }: BatchNormOptions): BatchNormResult {
  const [y, mean, variance] = training([x, scale, offset], { epsilon }) as [Tensor, Tensor, Tensor];
  for (const statistic of [mean, variance]) {
    statistic.requiresGradient = false;
    statistic.node = null;
  }
  return { y, mean, variance };
}

/**
 * Batch normalisation with statistics from elsewhere, such as moving averages:
 * `y = (x − mean) / √(variance + ε) · scale + offset`. Gradients flow to x, scale and offset; mean and variance are
 * constants.
 *
 * @param x float32 [..., channels]
 * @returns float32, the shape of x
 * @throws ShapeError if scale, offset, mean or variance are not [channels]
 * @throws ArgumentError if epsilon is negative
 * @throws DTypeError if an operand is not float32
 */
export function batchNormInference(x: Tensor, options: BatchNormInferenceOptions): Tensor {
  const { scale, offset, mean, variance, epsilon = defaultEpsilon } = options;
  return inference([x, scale, offset, mean, variance], { epsilon })[0]!;
}

export function checkInputs(
  op: string,
  inputs: readonly TensorSpec[],
  { epsilon }: BatchNormAttributes,
): [x: TensorSpec, channels: TensorSpec] {
  const [x, ...perChannel] = inputs as [TensorSpec, ...TensorSpec[]];
  checkDType(op, "x", x, "float32");
  const channels = x.shape.at(-1);
  if (channels === undefined) throw new ShapeError(`${op}: x must be [..., channels], got a scalar`);
  perChannel.forEach((spec, i) => {
    const name = ["scale", "offset", "mean", "variance"][i]!;
    checkDType(op, name, spec, "float32");
    if (spec.shape.length === 1 && spec.shape[0] === channels) return;
    throw new ShapeError(`${op}: ${name} must be [${channels}], one value per channel, got ${formatShape(spec.shape)}`);
  });
  if (!(epsilon >= 0)) throw new ArgumentError(`${op}: epsilon must be at least 0, got ${epsilon}`);
  return [x, { shape: [channels], dtype: "float32" }];
}

/** Gradients of x, scale and offset, `null` where none is needed; a launch works all three out. */
function inputGradients(inputs: readonly Tensor[], isTraining: boolean, needs: readonly boolean[]): (Tensor | null)[] {
  return gradient(inputs, { training: isTraining }).map((result, i) => {
    if (needs[i]) return result;
    result.dispose();
    return null;
  });
}

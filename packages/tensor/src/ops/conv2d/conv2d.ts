/** @file Two-dimensional convolution of NHWC images, with bias and activation in the same pass. */
import type { Tensor } from "../../tensor.ts";
import { type Activation, activationGradient } from "../activation.ts";
import { depthwise } from "../depthwise-conv2d/depthwise-conv2d.ts";
import { defineOp, type GradientContext } from "../op.ts";
import { sum } from "../sum/sum.ts";
import { conv2dCpu, conv2dFilterGradientCpu, conv2dInputGradientCpu } from "./conv2d.cpu.ts";
import { conv2dWebgpu } from "./conv2d.webgpu.ts";
import { conv2dFilterGradientWebgpu } from "./filter-gradient-webgpu.ts";
import {
  type Conv2dGeometry,
  checkConv2d,
  conv2dGeometry,
  convolutionMultiplyAdds,
  type WindowOptions,
} from "./geometry.ts";
import { conv2dInputGradientWebgpu } from "./input-gradient-webgpu.ts";

/** What a convolution's launch needs to know. Inputs are `[x, filter]`, or `[x, filter, bias]` with `hasBias`. */
export interface Conv2dAttributes {
  readonly geometry: Conv2dGeometry;
  readonly hasBias: boolean;
  readonly activation: Activation;
}

/** What the launch of the filter gradient needs to know: the geometry of the forward convolution. */
export interface Conv2dGradientAttributes {
  readonly geometry: Conv2dGeometry;
}

/** Options of {@link conv2d}. */
export interface Conv2dOptions extends WindowOptions {
  /**
   * Parts that channels and filters are cut into: filters of the i-th part see the i-th part of the channels only.
   * Default: 1.
   */
  readonly groups?: number;
  /** [filters], added to every pixel. */
  readonly bias?: Tensor;
  /** Default: `"none"`. */
  readonly activation?: Activation;
}

/** y from [x, filter, bias?]; the gradient of a transposed convolution, too. */
export const convolution = defineOp<Conv2dAttributes>({
  name: "conv2d",
  shape: (_, { geometry: { batch, outHeight, outWidth, filters } }) => [
    { shape: [batch, outHeight, outWidth, filters], dtype: "float32" },
  ],
  gradient: conv2dGradient,
  multiplyAdds: (_, __, { geometry }) => convolutionMultiplyAdds(geometry),
  webgpu: conv2dWebgpu,
  cpu: conv2dCpu,
});

/** dx from [dy, filter]: each input pixel sums over the outputs that it took part in. */
const inputGradient = defineOp<Conv2dAttributes>({
  name: "conv2dInputGradient",
  shape: (_, { geometry: { batch, height, width, channels } }) => [
    { shape: [batch, height, width, channels], dtype: "float32" },
  ],
  gradient: "none",
  multiplyAdds: (_, __, { geometry }) => convolutionMultiplyAdds(geometry),
  webgpu: conv2dInputGradientWebgpu,
  cpu: conv2dInputGradientCpu,
});

/** dfilter from [x, dy]: a product of patches and output gradients, summed over all pixels of the batch. */
export const filterGradient = defineOp<Conv2dGradientAttributes>({
  name: "conv2dFilterGradient",
  shape: (_, { geometry: { filterHeight, filterWidth, groupChannels, filters } }) => [
    { shape: [filterHeight, filterWidth, groupChannels, filters], dtype: "float32" },
  ],
  gradient: "none",
  multiplyAdds: (_, __, { geometry }) => convolutionMultiplyAdds(geometry),
  webgpu: conv2dFilterGradientWebgpu,
  cpu: conv2dFilterGradientCpu,
});

/**
 * Convolution: `y[n, i, j, k] = activation(bias[k] + Σ_{r,s,c} x[n, i·strideY + r·dilationY − top,
 * j·strideX + s·dilationX − left, first + c] · filter[r, s, c, k])`, pixels outside of the image counting as 0, and
 * `first` being 0, or with groups the first channel of filter k's group. As TensorFlow's `tf.nn.conv2d`, so the filter
 * is not flipped.
 *
 * Summation is in float32; its order depends on the device, never on the number of threads.
 *
 * On the cpu device, filters of 3×3 with stride 1, no dilation, no groups and at least 16 channels and filters, both
 * multiples of 4, take Winograd's way where it is faster, and so do their gradients (Lavin and Gray, "Fast algorithms for
 * convolutional neural networks", 2016): its rounding is about twice the plain way's, and one pixel that is infinite or NaN,
 * or so large that its tile's sums overflow, makes NaN of the whole 4×4 tiles of the result that see it, where the plain
 * way would leave infinities, and pixels out of the filter's reach as they are. Open the device with `winograd: false` to
 * do without.
 *
 * @param x float32 [batch, height, width, channels]
 * @param filter float32 [filterHeight, filterWidth, channels / groups, filters]
 * @returns float32 [batch, outHeight, outWidth, filters]; outHeight is ⌈height / strideY⌉ with `"same"` padding, else
 *   ⌊(height + top + bottom − (filterHeight − 1) · dilationY − 1) / strideY⌋ + 1, and likewise for the width
 * @throws ShapeError if ranks or channels do not fit, groups do not divide channels and filters, `bias` is not
 *   [filters], or nothing is left of the image
 * @throws ArgumentError if a stride, a dilation, a padding or the number of groups is out of range
 * @throws DTypeError if an operand is not float32
 */
export function conv2d(x: Tensor, filter: Tensor, options: Conv2dOptions = {}): Tensor {
  const { bias, activation = "none" } = options;
  const geometry = conv2dGeometry(x, filter, options);
  const attributes = { geometry, hasBias: bias !== undefined, activation };
  const inputs = bias ? [x, filter, bias] : [x, filter];
  checkConv2d(inputs, geometry.filters);
  // Groups of one channel have nothing to multiply a matrix with.
  const op = geometry.groups > 1 && geometry.groupChannels === 1 ? depthwise : convolution;
  return op(inputs, attributes)[0]!;
}

/** With z the value before the activation: dx and dfilter are ops of dz, and dbias sums dz over pixels and images. */
function conv2dGradient(
  { inputs, outputs, attributes, needs }: GradientContext<Conv2dAttributes>,
  [dy]: readonly (Tensor | null)[],
): (Tensor | null)[] {
  const [x, filter] = inputs as [Tensor, Tensor];
  const { geometry, activation } = attributes;
  const dz = activationGradient(activation, dy!, outputs[0]!);
  const gradients = [
    needs[0] ? inputGradient([dz, filter], { geometry, hasBias: false, activation: "none" })[0]! : null,
    needs[1] ? filterGradient([x, dz], { geometry })[0]! : null,
    needs[2] ? sum(dz, { axes: [0, 1, 2] }) : null,
  ];
  if (dz !== dy) dz.dispose();
  return gradients;
}

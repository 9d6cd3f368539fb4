/** @file Convolution of each channel of NHWC images by filters of its own, with bias and activation in the same pass. */
import { ShapeError } from "../../errors.ts";
import { formatShape, type Shape, type TensorSpec } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { type Activation, activationGradient } from "../activation.ts";
import {
  type Conv2dGeometry,
  checkConv2d,
  checkRank,
  conv2dGeometry,
  convolutionMultiplyAdds,
  type WindowOptions,
} from "../conv2d/geometry.ts";
import { defineOp, type GradientContext } from "../op.ts";
import { sum } from "../sum/sum.ts";
import {
  depthwiseConv2dCpu,
  depthwiseConv2dFilterGradientCpu,
  depthwiseConv2dInputGradientCpu,
} from "./depthwise-conv2d.cpu.ts";
import {
  depthwiseConv2dFilterGradientWebgpu,
  depthwiseConv2dInputGradientWebgpu,
  depthwiseConv2dWebgpu,
} from "./depthwise-conv2d.webgpu.ts";

/** What a depthwise convolution's launch needs to know. Inputs are `[x, filter]`, or `[x, filter, bias]`. */
export interface DepthwiseConv2dAttributes {
  /** Of a convolution with a group for each channel; groupFilters is the multiplier. */
  readonly geometry: Conv2dGeometry;
  readonly hasBias: boolean;
  readonly activation: Activation;
}

/** What the launches of the two gradients need to know. */
export interface DepthwiseConv2dGradientAttributes {
  readonly geometry: Conv2dGeometry;
  readonly filterShape: Shape;
}

/** Options of {@link depthwiseConv2d}. */
export interface DepthwiseConv2dOptions extends WindowOptions {
  /** [channels · multiplier], added to every pixel. */
  readonly bias?: Tensor;
  /** Default: `"none"`. */
  readonly activation?: Activation;
}

/** The op itself: the filter's last two axes may also be those of a convolution, [1, channels · multiplier]. */
export const depthwise = defineOp<DepthwiseConv2dAttributes>({
  name: "depthwiseConv2d",
  shape: (_, { geometry: { batch, outHeight, outWidth, filters } }) => [
    { shape: [batch, outHeight, outWidth, filters], dtype: "float32" },
  ],
  gradient: depthwiseGradient,
  multiplyAdds: (_, __, { geometry }) => convolutionMultiplyAdds(geometry),
  webgpu: depthwiseConv2dWebgpu,
  cpu: depthwiseConv2dCpu,
});

/** dx from [dy, filter]: each input pixel sums over the outputs that it took part in. */
const inputGradient = defineOp<DepthwiseConv2dGradientAttributes>({
  name: "depthwiseConv2dInputGradient",
  shape: (_, { geometry: { batch, height, width, channels } }) => [
    { shape: [batch, height, width, channels], dtype: "float32" },
  ],
  gradient: "none",
  multiplyAdds: (_, __, { geometry }) => convolutionMultiplyAdds(geometry),
  webgpu: depthwiseConv2dInputGradientWebgpu,
  cpu: depthwiseConv2dInputGradientCpu,
});

/** dfilter from [x, dy], summed over all pixels of the batch. */
const filterGradient = defineOp<DepthwiseConv2dGradientAttributes>({
  name: "depthwiseConv2dFilterGradient",
  shape: (_, { filterShape }) => [{ shape: filterShape, dtype: "float32" }],
  gradient: "none",
  multiplyAdds: (_, __, { geometry }) => convolutionMultiplyAdds(geometry),
  webgpu: depthwiseConv2dFilterGradientWebgpu,
  cpu: depthwiseConv2dFilterGradientCpu,
});

/**
 * Depthwise convolution: each channel is convolved by filters of its own, `y[n, i, j, c·multiplier + m] =
 * activation(bias[c·multiplier + m] + Σ_{r,s} x[n, i·strideY + r·dilationY − top, j·strideX + s·dilationX − left, c] ·
 * filter[r, s, c, m])`, pixels outside of the image counting as 0. As TensorFlow's `tf.nn.depthwise_conv2d`; PyTorch's
 * is a `Conv2d` with as many groups as channels.
 *
 * Summation is in float32; its order depends on the device, never on the number of threads.
 *
 * @param x float32 [batch, height, width, channels]
 * @param filter float32 [filterHeight, filterWidth, channels, multiplier]
 * @returns float32 [batch, outHeight, outWidth, channels · multiplier]; sizes as those of `conv2d`
 * @throws ShapeError if ranks or channels do not fit, `bias` is not [channels · multiplier], or nothing is left of the
 *   image
 * @throws ArgumentError if a stride, a dilation or a padding is out of range
 * @throws DTypeError if an operand is not float32
 */
export function depthwiseConv2d(x: Tensor, filter: Tensor, options: DepthwiseConv2dOptions = {}): Tensor {
  const { bias, activation = "none" } = options;
  const geometry = depthwiseGeometry(x, filter, options);
  const attributes = { geometry, hasBias: bias !== undefined, activation };
  const inputs = bias ? [x, filter, bias] : [x, filter];
  checkConv2d(inputs, geometry.filters, "depthwiseConv2d");
  return depthwise(inputs, attributes)[0]!;
}

/** The geometry of a convolution with as many groups as channels: its filter has the same values in the same order. */
function depthwiseGeometry(x: TensorSpec, filter: TensorSpec, options: WindowOptions): Conv2dGeometry {
  const op = "depthwiseConv2d";
  checkRank(op, "x", "[batch, height, width, channels]", x.shape);
  checkRank(op, "filter", "[filterHeight, filterWidth, channels, multiplier]", filter.shape);
  const [filterHeight, filterWidth, channels, multiplier] = filter.shape as [number, number, number, number];
  if (x.shape[3] !== channels) {
    const shapes = `x is ${formatShape(x.shape)}, filter is ${formatShape(filter.shape)}`;
    throw new ShapeError(`${op}: channels differ: ${shapes} (${x.shape[3]} ≠ ${channels})`);
  }
  if (channels < 1) throw new ShapeError(`${op}: x must have at least one channel, got ${formatShape(x.shape)}`);
  const grouped: TensorSpec = { shape: [filterHeight, filterWidth, 1, channels * multiplier], dtype: filter.dtype };
  const { stride = 1, dilation = 1, padding = "valid" } = options;
  return conv2dGeometry(x, grouped, { stride, dilation, padding, groups: channels }, op);
}

function depthwiseGradient(
  { inputs, outputs, attributes, needs }: GradientContext<DepthwiseConv2dAttributes>,
  [dy]: readonly (Tensor | null)[],
): (Tensor | null)[] {
  const [x, filter] = inputs as [Tensor, Tensor];
  const { geometry, activation } = attributes;
  const dz = activationGradient(activation, dy!, outputs[0]!);
  const launch = { geometry, filterShape: filter.shape };
  const gradients = [
    needs[0] ? inputGradient([dz, filter], launch)[0]! : null,
    needs[1] ? filterGradient([x, dz], launch)[0]! : null,
    needs[2] ? sum(dz, { axes: [0, 1, 2] }) : null,
  ];
  if (dz !== dy) dz.dispose();
  return gradients;
}

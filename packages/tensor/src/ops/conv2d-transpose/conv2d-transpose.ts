/** @file Transposed convolution of NHWC images, with bias and activation in the same pass. */
import type { Shape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { type Activation, activationGradient } from "../activation.ts";
import { conv2dInputGradientCpu } from "../conv2d/conv2d.cpu.ts";
import { type Conv2dAttributes, convolution, filterGradient } from "../conv2d/conv2d.ts";
import { checkConv2d } from "../conv2d/geometry.ts";
import { conv2dInputGradientWebgpu } from "../conv2d/input-gradient-webgpu.ts";
import { defineOp, type GradientContext } from "../op.ts";
import { sum } from "../sum/sum.ts";
import { type TransposedWindowOptions, transposedGeometry } from "./geometry.ts";

/** Options of {@link conv2dTranspose}. */
export interface Conv2dTransposeOptions extends TransposedWindowOptions {
  /** [filters], added to every pixel. */
  readonly bias?: Tensor;
  /** Default: `"none"`. */
  readonly activation?: Activation;
}

/** The geometry is that of the convolution that takes y to x. */
const op = defineOp<Conv2dAttributes>({
  name: "conv2dTranspose",
  shape: (_, { geometry: { batch, height, width, channels } }) => [
    { shape: [batch, height, width, channels], dtype: "float32" },
  ],
  gradient: transposeGradient,
  webgpu: conv2dInputGradientWebgpu,
  cpu: conv2dInputGradientCpu,
});

/**
 * Transposed convolution: the gradient of a convolution with respect to its input, as a layer that makes images larger.
 * Every pixel of x lays a scaled copy of the filter into y: `y[n, v, u, k] = activation(bias[k] + Σ over i, j, r, s, c
 * with v = i·strideY + r·dilationY − top and u = j·strideX + s·dilationX − left of x[n, i, j, c] · filter[r, s, k, c])`.
 * As TensorFlow's `conv2d_transpose` and PyTorch's `ConvTranspose2d` (Zeiler et al., 2010).
 *
 * With reach = (filterHeight − 1) · dilationY + 1, the height of y is
 * - `"same"`: height · strideY, as Keras has it;
 * - `"valid"`: (height − 1) · strideY + max(reach, strideY);
 * - explicit padding: (height − 1) · strideY + reach − top − bottom;
 *
 * and with `outputPadding`, (height − 1) · strideY + reach − trimmed + outputPadding, where trimmed is 2 · ⌊reach / 2⌋
 * for `"same"`, 0 for `"valid"`, and top + bottom for explicit padding: Keras's and PyTorch's rule. The width likewise.
 * PyTorch's `padding=p` is `[[p, p], [p, p]]`.
 *
 * @param x float32 [batch, height, width, channels]
 * @param filter float32 [filterHeight, filterWidth, filters / groups, channels], as TensorFlow's
 * @returns float32 [batch, outHeight, outWidth, filters]
 * @throws ShapeError if ranks or channels do not fit, groups do not divide the channels, `bias` is not [filters], or
 *   nothing is left of the result
 * @throws ArgumentError if a stride, a dilation, a padding or the number of groups is out of range
 * @throws DTypeError if an operand is not float32
 */
export function conv2dTranspose(x: Tensor, filter: Tensor, options: Conv2dTransposeOptions = {}): Tensor {
  const { bias, activation = "none" } = options;
  const geometry = transposedGeometry(x, filter, options);
  const inputs = bias ? [x, filter, bias] : [x, filter];
  checkConv2d(inputs, geometry.channels, "conv2dTranspose");
  return op(inputs, { geometry, hasBias: bias !== undefined, activation })[0]!;
}

/**
 * The shape that {@link conv2dTranspose} gives for an input and a filter of these shapes. Throws what it throws of shapes
 * and arguments.
 */
export function conv2dTransposeShape(x: Shape, filter: Shape, options: TransposedWindowOptions = {}): Shape {
  const spec = (shape: Shape) => ({ shape, dtype: "float32" }) as const;
  const { batch, height, width, channels } = transposedGeometry(spec(x), spec(filter), options);
  return [batch, height, width, channels];
}

/** With z the value before the activation: dx is a convolution of dz, of which dfilter is the filter's gradient. */
function transposeGradient(
  { inputs, outputs, attributes, needs }: GradientContext<Conv2dAttributes>,
  [dy]: readonly (Tensor | null)[],
): (Tensor | null)[] {
  const [x, filter] = inputs as [Tensor, Tensor];
  const { geometry, activation } = attributes;
  const dz = activationGradient(activation, dy!, outputs[0]!);
  const gradients = [
    needs[0] ? convolution([dz, filter], { geometry, hasBias: false, activation: "none" })[0]! : null,
    needs[1] ? filterGradient([dz, x], { geometry })[0]! : null,
    needs[2] ? sum(dz, { axes: [0, 1, 2] }) : null,
  ];
  if (dz !== dy) dz.dispose();
  return gradients;
}

/** @file Layer normalisation over the last axes. */
import { ArgumentError, ShapeError } from "../../errors.ts";
import { formatShape, sameShape, sizeOf, type TensorSpec } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp, type GradientContext } from "../op.ts";
import { sum } from "../sum/sum.ts";
import { layerNormCpu, layerNormGradientCpu } from "./layer-norm.cpu.ts";
import { layerNormGradientWebgpu, layerNormWebgpu } from "./layer-norm.webgpu.ts";

/** What the launch needs to know besides shapes. */
export interface LayerNormAttributes {
  readonly epsilon: number;
}

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** γ, float32, of the shape of the axes that are normalised. */
  readonly scale: Tensor;
  /** β, float32, of the same shape. */
  readonly offset: Tensor;
  /** Added to the variance, at least 0. Default: 0.001. */
  readonly epsilon?: number;
}

/** [y] and `saved` [rows, 2], what the gradient needs: mean and 1 / √(variance + ε). */
const op = defineOp<LayerNormAttributes>({
  name: "layerNorm",
  shape(inputs, { epsilon }) {
    const [x, scale, offset] = inputs as [TensorSpec, TensorSpec, TensorSpec];
    checkDType("layerNorm", "x", x, "float32");
    checkDType("layerNorm", "scale", scale, "float32");
    checkDType("layerNorm", "offset", offset, "float32");
    checkShapes(x.shape, scale.shape, offset.shape);
    if (!(epsilon >= 0)) throw new ArgumentError(`layerNorm: epsilon must be at least 0, got ${epsilon}`);
    return [x, { shape: [sizeOf(x.shape) / sizeOf(scale.shape), 2], dtype: "float32" }];
  },
  gradient,
  visible: 1,
  webgpu: layerNormWebgpu,
  cpu: layerNormCpu,
});

/** dx, and dy x̂, whose sums over the rows are dscale, from [dy, x, scale, saved]. */
const gradientOp = defineOp<Record<never, never>>({
  name: "layerNorm gradient",
  shape: ([dy]) => [dy!, dy!],
  gradient: "none",
  webgpu: layerNormGradientWebgpu,
  cpu: layerNormGradientCpu,
});

function gradient(
  { inputs, outputs: [, saved], needs }: GradientContext<LayerNormAttributes>,
  [dy]: readonly (Tensor | null)[],
): (Tensor | null)[] {
  const [x, scale] = inputs as [Tensor, Tensor];
  const rowAxes = Array.from({ length: x.rank - scale.rank }, (_, axis) => axis);
  const doffset = needs[2] ? sum(dy!, { axes: rowAxes }) : null;
  if (!needs[0] && !needs[1]) return [null, null, doffset];
  const [dx, products] = gradientOp([dy!, x, scale, saved!], {}) as [Tensor, Tensor];
  const dscale = needs[1] ? sum(products, { axes: rowAxes }) : null;
  products.dispose();
  if (needs[0]) return [dx, dscale, doffset];
  dx.dispose();
  return [null, dscale, doffset];
}

/**
 * Layer normalisation: `y = (x − mean) / √(variance + ε) · scale + offset` (Ba, Kiros and Hinton, "Layer normalization",
 * 2016), mean and biased variance being taken of each example's own values: over the last axes, as many as `scale` has.
 * The variance is that of deviations from the mean, never a difference of squares.
 *
 * With x̂ = (x − mean) / √(variance + ε) and g = dy · scale, the gradients are
 * `dx = (g − mean of g − x̂ · mean of g x̂) / √(variance + ε)`, dscale = Σ dy x̂ and doffset = Σ dy over the other axes.
 *
 * @param x float32 [..., ...shape], `shape` being that of scale, of rank at least 1 and without an axis of size 0
 * @returns float32, the shape of x
 * @throws ShapeError if scale is not the shape of x's last axes, or offset that of scale
 * @throws ArgumentError if epsilon is negative
 * @throws DTypeError if an operand is not float32
 */
export function layerNorm(x: Tensor, { scale, offset, epsilon = 1e-3 }: LayerNormOptions): Tensor {
  return op([x, scale, offset], { epsilon })[0]!;
}

function checkShapes(x: readonly number[], scale: readonly number[], offset: readonly number[]): void {
  const fits = scale.length > 0 && scale.length <= x.length && sameShape(x.slice(-scale.length), scale);
  if (!fits || sizeOf(scale) === 0) {
    throw new ShapeError(
      `layerNorm: scale must be the shape of x's last axes, none of size 0; x is ${formatShape(x)}, scale ${formatShape(scale)}`,
    );
  }
  if (sameShape(scale, offset)) return;
  throw new ShapeError(
    `layerNorm: offset must be ${formatShape(scale)}, the shape of scale, got ${formatShape(offset)}`,
  );
}

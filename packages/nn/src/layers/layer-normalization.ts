import { layerNorm, type Shape, type Tensor } from "@tessera/tensor";
import { ones, zeros } from "../initializers.ts";
import { Module } from "../module.ts";
import { checkLastAxes } from "./layer-shapes.ts";

/** Options of {@link LayerNormalization}. */
export interface LayerNormalizationOptions {
  /** Size of the last axis, or sizes of the last axes, which are normalised together. */
  readonly inputs: number | readonly number[];
  /** Added to the variance. Default: 1e-3, Keras's (PyTorch's is 1e-5). */
  readonly epsilon?: number;
}

/**
 * Layer normalisation over the last axes: gamma · (x − mean) / √(variance + ε) + beta, with statistics of each example's
 * own values (Ba, Kiros and Hinton, 2016). The same in training and in inference.
 */
export class LayerNormalization extends Module {
  readonly kind = "LayerNormalization";
  readonly gamma: Tensor;
  readonly beta: Tensor;
  readonly epsilon: number;

  constructor({ inputs, epsilon = 1e-3 }: LayerNormalizationOptions) {
    super();
    const shape = typeof inputs === "number" ? [inputs] : inputs;
    this.gamma = ones(shape);
    this.beta = zeros(shape);
    this.epsilon = epsilon;
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, { scale: this.gamma, offset: this.beta, epsilon: this.epsilon });
  }

  outputShape(input: Shape): Shape {
    checkLastAxes("LayerNormalization", input, 1, this.gamma.shape);
    return input;
  }
}

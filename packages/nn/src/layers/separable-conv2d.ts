import type { Shape, Tensor } from "@tessera/tensor";
import type { RandomStreams } from "../initializers.ts";
import { inARow, Module, type Part, type Regularizer } from "../module.ts";
import { Conv2D } from "./conv2d.ts";
import { DepthwiseConv2D, type DepthwiseConv2DOptions } from "./depthwise-conv2d.ts";

/** Options of {@link SeparableConv2D}; activation and bias come after the pointwise part. */
export interface SeparableConv2DOptions extends DepthwiseConv2DOptions {
  readonly filters: number;
  /** What large weights in the pointwise kernel cost, as `{ l2: 5e-4 }`. Default: nothing. */
  readonly pointwiseRegularizer?: Regularizer;
}

/**
 * Depthwise convolution, then a pointwise one that mixes the channels, with nothing between the two:
 * [N, H, W, inputs] → [N, OH, OW, filters] (Chollet, 2016, arXiv 1610.02357). Kernels Glorot uniform, bias zeros, as Keras's.
 */
export class SeparableConv2D extends Module {
  readonly kind = "SeparableConv2D";
  readonly depthwise: DepthwiseConv2D;
  readonly pointwise: Conv2D;

  constructor(options: SeparableConv2DOptions, random: RandomStreams) {
    super();
    const { filters, activation = "none", bias = true, pointwiseRegularizer, ...window } = options;
    const inputs = window.inputs * (window.depthMultiplier ?? 1);
    const penalty = pointwiseRegularizer && { kernelRegularizer: pointwiseRegularizer };
    this.depthwise = new DepthwiseConv2D({ ...window, bias: false }, random);
    this.pointwise = new Conv2D({ inputs, filters, kernelSize: 1, activation, bias, ...penalty }, random);
  }

  forward(x: Tensor): Tensor {
    return this.pointwise.forward(this.depthwise.forward(x));
  }

  outputShape(input: Shape): Shape {
    return this.pointwise.outputShape(this.depthwise.outputShape(input));
  }

  override parts(input: Shape): Part[] {
    return inARow(Object.entries({ depthwise: this.depthwise, pointwise: this.pointwise }), input);
  }
}

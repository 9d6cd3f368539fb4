import type { Activation, Shape, Tensor } from "@tessera/tensor";
import type { RandomStreams } from "../initializers.ts";
import { Module } from "../module.ts";
import { Conv2D } from "./conv2d.ts";
import { DepthwiseConv2D, type DepthwiseConv2DOptions } from "./depthwise-conv2d.ts";

/** Options of {@link SeparableConv2D}; activation and bias come after the pointwise part. */
export interface SeparableConv2DOptions extends DepthwiseConv2DOptions {
  readonly filters: number;
}

/**
 * Depthwise convolution, then a pointwise one that mixes the channels, with nothing between the two:
 * [N, H, W, inputs] → [N, OH, OW, filters] (Chollet, 2016, arXiv 1610.02357). Kernels Glorot uniform, bias zeros, as Keras's.
 */
export class SeparableConv2D extends Module {
  readonly kind = "SeparableConv2D";
  readonly depthwise: DepthwiseConv2D;
  readonly pointwise: Conv2D;

  constructor(
    { filters, activation = "none", bias = true, ...options }: SeparableConv2DOptions,
    random: RandomStreams,
  ) {
    super();
    const { inputs, depthMultiplier = 1 } = options;
    const mixing: { readonly activation: Activation; readonly bias: boolean } = { activation, bias };
    this.depthwise = new DepthwiseConv2D({ ...options, bias: false }, random);
    this.pointwise = new Conv2D({ inputs: inputs * depthMultiplier, filters, kernelSize: 1, ...mixing }, random);
  }

  forward(x: Tensor): Tensor {
    return this.pointwise.forward(this.depthwise.forward(x));
  }

  outputShape(input: Shape): Shape {
    return this.pointwise.outputShape(this.depthwise.outputShape(input));
  }
}

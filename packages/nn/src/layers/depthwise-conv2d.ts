import {
  type Activation,
  type DepthwiseConv2dOptions,
  depthwiseConv2d,
  type Shape,
  sizeOf,
  type Tensor,
} from "@tessera/tensor";
import { glorotUniform, type RandomStreams, zeros } from "../initializers.ts";
import { type ForwardCost, Module, type Regularizer } from "../module.ts";
import { checkChannels, pair, reachOf, spatialSize } from "./layer-shapes.ts";

/** Options of {@link DepthwiseConv2D}. */
export interface DepthwiseConv2DOptions {
  /** Channels of the input. */
  readonly inputs: number;
  /** Height and width of the kernel, in pixels. */
  readonly kernelSize: number | readonly [number, number];
  /** Filters for each channel. Default: 1. */
  readonly depthMultiplier?: number;
  /** Default: 1. */
  readonly stride?: number | readonly [number, number];
  /** Default: `"valid"`. */
  readonly padding?: "same" | "valid";
  /** Pixels from one tap of the kernel to the next. Default: 1. */
  readonly dilation?: number | readonly [number, number];
  /** Applied to the result in the same pass. Default: `"none"`. */
  readonly activation?: Activation;
  /** Whether a bias is added. Default: true. */
  readonly bias?: boolean;
  /** What large weights in the depthwise kernel cost, as `{ l2: 5e-4 }`. Default: nothing. */
  readonly depthwiseRegularizer?: Regularizer;
}

/**
 * Convolution of each channel by filters of its own: [N, H, W, inputs] → [N, OH, OW, inputs · depthMultiplier]. The kernel
 * [height, width, inputs, depthMultiplier] starts Glorot uniform, the bias with zeros, as Keras's.
 */
export class DepthwiseConv2D extends Module {
  readonly kind = "DepthwiseConv2D";
  readonly kernel: Tensor;
  readonly bias: Tensor | null;
  /** In the form that the op takes. */
  readonly options: Omit<DepthwiseConv2dOptions, "bias"> & {
    readonly stride: readonly [number, number];
    readonly padding: "same" | "valid";
    readonly dilation: readonly [number, number];
  };

  constructor(options: DepthwiseConv2DOptions, random: RandomStreams) {
    super();
    const { inputs, depthMultiplier = 1 } = options;
    const [height, width] = pair(options.kernelSize);
    this.kernel = glorotUniform([height, width, inputs, depthMultiplier], random);
    this.regularize(this.kernel, options.depthwiseRegularizer);
    this.bias = (options.bias ?? true) ? zeros([inputs * depthMultiplier]) : null;
    this.options = {
      stride: pair(options.stride ?? 1),
      padding: options.padding ?? "valid",
      dilation: pair(options.dilation ?? 1),
      activation: options.activation ?? "none",
    };
  }

  forward(x: Tensor): Tensor {
    return depthwiseConv2d(x, this.kernel, this.bias ? { ...this.options, bias: this.bias } : this.options);
  }

  outputShape(input: Shape): Shape {
    const [height, width, inputs, multiplier] = this.kernel.shape as [number, number, number, number];
    checkChannels("DepthwiseConv2D", input, 4, inputs);
    const { stride, padding, dilation } = this.options;
    return [
      input[0]!,
      spatialSize("DepthwiseConv2D", input[1]!, reachOf(height, dilation[0]), stride[0], padding),
      spatialSize("DepthwiseConv2D", input[2]!, reachOf(width, dilation[1]), stride[1], padding),
      inputs * multiplier,
    ];
  }

  protected override ownCost(input: Shape): ForwardCost {
    const activations = sizeOf(this.outputShape(input));
    return { multiplyAdds: activations * sizeOf(this.kernel.shape.slice(0, 2)), activations };
  }
}

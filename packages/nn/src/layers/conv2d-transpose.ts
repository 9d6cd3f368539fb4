import {
  type Activation,
  type Conv2dTransposeOptions,
  conv2dTranspose,
  conv2dTransposeShape,
  type Shape,
  sizeOf,
  type Tensor,
} from "@tessera/tensor";
import { glorotUniform, type RandomStreams, zeros } from "../initializers.ts";
import { type ForwardCost, Module, type Regularizer } from "../module.ts";
import { checkChannels, pair } from "./layer-shapes.ts";

/** Options of {@link Conv2DTranspose}. */
export interface Conv2DTransposeOptions {
  /** Channels of the input. */
  readonly inputs: number;
  readonly filters: number;
  /** Height and width of the kernel, in pixels. */
  readonly kernelSize: number | readonly [number, number];
  /** Pixels of the result from one pixel of the input to the next. Default: 1. */
  readonly stride?: number | readonly [number, number];
  /** Default: `"valid"`. */
  readonly padding?: "same" | "valid";
  /** Pixels more at the bottom and right, below the stride. Default: what makes `"same"` size · stride. */
  readonly outputPadding?: number | readonly [number, number];
  /** Pixels from one tap of the kernel to the next. Default: 1. */
  readonly dilation?: number | readonly [number, number];
  /** Applied to the result in the same pass. Default: `"none"`. */
  readonly activation?: Activation;
  /** Whether a bias is added. Default: true. */
  readonly bias?: boolean;
  /** What large weights in the kernel cost, as `{ l2: 5e-4 }`. Default: nothing. */
  readonly kernelRegularizer?: Regularizer;
}

/**
 * Transposed convolution: [N, H, W, inputs] → [N, OH, OW, filters], with OH = H · stride for `"same"` padding and
 * (H − 1) · stride + max(reach of the kernel, stride) for `"valid"`. The kernel [height, width, filters, inputs] starts
 * Glorot uniform, the bias with zeros, as Keras's.
 */
export class Conv2DTranspose extends Module {
  readonly kind = "Conv2DTranspose";
  readonly kernel: Tensor;
  readonly bias: Tensor | null;
  /** In the form that the op takes. */
  readonly options: Omit<Conv2dTransposeOptions, "bias">;

  constructor(options: Conv2DTransposeOptions, random: RandomStreams) {
    super();
    const { inputs, filters, kernelSize, bias = true, kernelRegularizer, ...window } = options;
    const [height, width] = pair(kernelSize);
    this.kernel = glorotUniform([height, width, filters, inputs], random);
    this.regularize(this.kernel, kernelRegularizer);
    this.bias = bias ? zeros([filters]) : null;
    this.options = window;
  }

  forward(x: Tensor): Tensor {
    return conv2dTranspose(x, this.kernel, this.bias ? { ...this.options, bias: this.bias } : this.options);
  }

  outputShape(input: Shape): Shape {
    checkChannels("Conv2DTranspose", input, 4, this.kernel.shape[3]!);
    return conv2dTransposeShape(input, this.kernel.shape, this.options);
  }

  /** Every pixel of the input is multiplied with the whole kernel, what falls outside of the output included. */
  protected override ownCost(input: Shape): ForwardCost {
    const multiplyAdds = sizeOf(input.slice(0, 3)) * sizeOf(this.kernel.shape);
    return { multiplyAdds, activations: sizeOf(this.outputShape(input)) };
  }
}

import { type Activation, type Conv2dOptions, conv2d, type Shape, type Tensor } from "@tessera/tensor";
import { glorotUniform, type RandomStreams, zeros } from "../initializers.ts";
import { Module, type Regularizer } from "../module.ts";
import { checkChannels, spatialSize } from "./layer-shapes.ts";

/** Options of {@link Conv2D}. */
export interface Conv2DOptions {
  /** Channels of the input. */
  readonly inputs: number;
  readonly filters: number;
  /** Height and width of the kernel, in pixels. */
  readonly kernelSize: number | readonly [number, number];
  /** Default: 1. */
  readonly stride?: number | readonly [number, number];
  /** Default: `"valid"`, as Keras's. */
  readonly padding?: "same" | "valid";
  /** Applied to the result in the same pass. Default: `"none"`. */
  readonly activation?: Activation;
  /** Whether a bias is added. Default: true. */
  readonly bias?: boolean;
  /** What large weights in the kernel cost, as `{ l2: 5e-4 }`. Default: nothing. */
  readonly kernelRegularizer?: Regularizer;
}

/** 2-D convolution: [N, H, W, inputs] → [N, OH, OW, filters]. Kernel Glorot uniform, bias zeros, as Keras's. */
export class Conv2D extends Module {
  readonly kind = "Conv2D";
  readonly kernel: Tensor;
  readonly bias: Tensor | null;
  readonly #options: Conv2dOptions & { readonly stride: readonly [number, number]; readonly padding: "same" | "valid" };

  constructor(options: Conv2DOptions, random: RandomStreams) {
    super();
    const [height, width] = pair(options.kernelSize);
    this.kernel = glorotUniform([height, width, options.inputs, options.filters], random);
    this.regularize(this.kernel, options.kernelRegularizer);
    this.bias = (options.bias ?? true) ? zeros([options.filters]) : null;
    this.#options = {
      stride: pair(options.stride ?? 1),
      padding: options.padding ?? "valid",
      activation: options.activation ?? "none",
    };
  }

  forward(x: Tensor): Tensor {
    return conv2d(x, this.kernel, this.bias ? { ...this.#options, bias: this.bias } : this.#options);
  }

  outputShape(input: Shape): Shape {
    const [height, width, inputs, filters] = this.kernel.shape as [number, number, number, number];
    checkChannels("Conv2D", input, 4, inputs);
    const { stride, padding } = this.#options;
    return [
      input[0]!,
      spatialSize("Conv2D", input[1]!, height, stride[0], padding),
      spatialSize("Conv2D", input[2]!, width, stride[1], padding),
      filters,
    ];
  }
}

function pair(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === "number" ? [value, value] : value;
}

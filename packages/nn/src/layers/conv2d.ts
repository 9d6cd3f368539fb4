import {
  type Activation,
  ArgumentError,
  type Conv2dOptions,
  conv2d,
  type Shape,
  sizeOf,
  type Tensor,
} from "@tessera/tensor";
import { glorotUniform, type Initializer, type RandomStreams, zeros } from "../initializers.ts";
import { type ForwardCost, Module, type Regularizer } from "../module.ts";
import { checkChannels, pair, reachOf, spatialSize } from "./layer-shapes.ts";

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
  /** Pixels from one tap of the kernel to the next. Default: 1. */
  readonly dilation?: number | readonly [number, number];
  /** Parts that inputs and filters are cut into; each part of the filters sees one part of the inputs. Default: 1. */
  readonly groups?: number;
  /** Applied to the result in the same pass. Default: `"none"`. */
  readonly activation?: Activation;
  /** Whether a bias is added. Default: true. */
  readonly bias?: boolean;
  /** How the kernel starts. Default: {@link glorotUniform}, as Keras's. */
  readonly kernelInitializer?: Initializer;
  /** What large weights in the kernel cost, as `{ l2: 5e-4 }`. Default: nothing. */
  readonly kernelRegularizer?: Regularizer;
}

/**
 * 2-D convolution: [N, H, W, inputs] → [N, OH, OW, filters]. The kernel is [height, width, inputs / groups, filters]; the
 * bias starts with zeros.
 */
export class Conv2D extends Module {
  readonly kind = "Conv2D";
  readonly kernel: Tensor;
  readonly bias: Tensor | null;
  /** In the form that the op takes. */
  readonly options: Omit<Conv2dOptions, "bias"> & {
    readonly stride: readonly [number, number];
    readonly padding: "same" | "valid";
    readonly dilation: readonly [number, number];
    readonly groups: number;
  };

  /** @throws ArgumentError if the groups do not divide inputs and filters */
  constructor(options: Conv2DOptions, random: RandomStreams) {
    super();
    const { inputs, filters, groups = 1 } = options;
    if (!Number.isInteger(groups) || groups < 1 || inputs % groups !== 0 || filters % groups !== 0) {
      const sizes = `${inputs} inputs and ${filters} filters`;
      throw new ArgumentError(`Conv2D: groups must divide inputs and filters: ${groups} groups, ${sizes}`);
    }
    const [height, width] = pair(options.kernelSize);
    const { kernelInitializer = glorotUniform } = options;
    this.kernel = kernelInitializer([height, width, inputs / groups, filters], random);
    this.regularize(this.kernel, options.kernelRegularizer);
    this.bias = (options.bias ?? true) ? zeros([filters]) : null;
    this.options = {
      stride: pair(options.stride ?? 1),
      padding: options.padding ?? "valid",
      dilation: pair(options.dilation ?? 1),
      groups,
      activation: options.activation ?? "none",
    };
  }

  forward(x: Tensor): Tensor {
    return conv2d(x, this.kernel, this.bias ? { ...this.options, bias: this.bias } : this.options);
  }

  outputShape(input: Shape): Shape {
    const [height, width, groupInputs, filters] = this.kernel.shape as [number, number, number, number];
    const { stride, padding, dilation, groups } = this.options;
    checkChannels("Conv2D", input, 4, groupInputs * groups);
    return [
      input[0]!,
      spatialSize("Conv2D", input[1]!, reachOf(height, dilation[0]), stride[0], padding),
      spatialSize("Conv2D", input[2]!, reachOf(width, dilation[1]), stride[1], padding),
      filters,
    ];
  }

  protected override ownCost(input: Shape): ForwardCost {
    const activations = sizeOf(this.outputShape(input));
    return { multiplyAdds: activations * sizeOf(this.kernel.shape.slice(0, 3)), activations };
  }
}

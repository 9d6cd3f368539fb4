import { type Activation, matmul, type Shape, sizeOf, type Tensor } from "@tessera/tensor";
import { glorotUniform, type Initializer, type RandomStreams, zeros } from "../initializers.ts";
import { type ForwardCost, Module, type Regularizer } from "../module.ts";
import { checkLastAxes } from "./layer-shapes.ts";

/** Options of {@link Dense}. */
export interface DenseOptions {
  /** Size of the input's last axis. */
  readonly inputs: number;
  /** Size of the output's last axis. */
  readonly units: number;
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
 * Fully connected: [..., inputs] → [..., units], `activation(x · kernel + bias)`, with at least one axis before the last.
 * The bias starts with zeros.
 */
export class Dense extends Module {
  readonly kind = "Dense";
  readonly kernel: Tensor;
  readonly bias: Tensor | null;
  readonly activation: Activation;

  constructor(options: DenseOptions, random: RandomStreams) {
    super();
    const { inputs, units, activation = "none", bias = true, kernelRegularizer } = options;
    const { kernelInitializer = glorotUniform } = options;
    this.kernel = kernelInitializer([inputs, units], random);
    this.regularize(this.kernel, kernelRegularizer);
    this.bias = bias ? zeros([units]) : null;
    this.activation = activation;
  }

  forward(x: Tensor): Tensor {
    const { activation } = this;
    return matmul(x, this.kernel, this.bias ? { bias: this.bias, activation } : { activation });
  }

  outputShape(input: Shape): Shape {
    checkLastAxes("Dense", input, 2, [this.kernel.shape[0]!]);
    return [...input.slice(0, -1), this.kernel.shape[1]!];
  }

  protected override ownCost(input: Shape): ForwardCost {
    const activations = sizeOf(this.outputShape(input));
    return { multiplyAdds: activations * this.kernel.shape[0]!, activations };
  }
}

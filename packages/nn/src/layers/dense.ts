import { type Activation, matmul, type Shape, type Tensor } from "@tessera/tensor";
import { glorotUniform, type RandomStreams, zeros } from "../initializers.ts";
import { Module, type Regularizer } from "../module.ts";
import { checkChannels } from "./layer-shapes.ts";

/** Options of {@link Dense}. */
export interface DenseOptions {
  /** Size of the input's last axis. */
  readonly inputs: number;
  /** Size of the output's last axis. */
  readonly units: number;
  /** Applied to the result in the same pass. Default: `"none"`. */
  readonly activation?: Activation;
  /** What large weights in the kernel cost, as `{ l2: 5e-4 }`. Default: nothing. */
  readonly kernelRegularizer?: Regularizer;
}

/** Fully connected: [N, inputs] → [N, units], `activation(x · kernel + bias)`. Glorot uniform and zeros, as Keras's. */
export class Dense extends Module {
  readonly kind = "Dense";
  readonly kernel: Tensor;
  readonly bias: Tensor;
  readonly #activation: Activation;

  constructor({ inputs, units, activation = "none", kernelRegularizer }: DenseOptions, random: RandomStreams) {
    super();
    this.kernel = glorotUniform([inputs, units], random);
    this.regularize(this.kernel, kernelRegularizer);
    this.bias = zeros([units]);
    this.#activation = activation;
  }

  forward(x: Tensor): Tensor {
    return matmul(x, this.kernel, { bias: this.bias, activation: this.#activation });
  }

  outputShape(input: Shape): Shape {
    checkChannels("Dense", input, 2, this.kernel.shape[0]!);
    return [input[0]!, this.kernel.shape[1]!];
  }
}

import { type Shape, type SoftmaxOptions, softmax, type Tensor } from "@tessera/tensor";
import { Module } from "../module.ts";

/**
 * Softmax along an axis, by default the last. Not for the end of a model that is trained with `crossEntropy`, which
 * takes logits.
 */
export class Softmax extends Module {
  readonly kind = "Softmax";
  readonly options: SoftmaxOptions;

  constructor(options: SoftmaxOptions = {}) {
    super();
    this.options = options;
  }

  forward(x: Tensor): Tensor {
    return softmax(x, this.options);
  }

  outputShape(input: Shape): Shape {
    return input;
  }
}

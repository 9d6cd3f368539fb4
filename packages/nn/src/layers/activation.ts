import { type Activation as ActivationName, elu, relu, type Shape, type Tensor } from "@tessera/tensor";
import { Module } from "../module.ts";

const functions = { relu, elu: (x: Tensor) => elu(x), none: (x: Tensor) => x } as const satisfies Record<
  ActivationName,
  (x: Tensor) => Tensor
>;

/** An activation as a layer of its own: `relu`, `elu` (α = 1) or `none`. */
export class Activation extends Module {
  readonly kind = "Activation";
  readonly #name: ActivationName;

  constructor(name: ActivationName) {
    super();
    this.#name = name;
  }

  forward(x: Tensor): Tensor {
    return functions[this.#name](x);
  }

  outputShape(input: Shape): Shape {
    return input;
  }
}

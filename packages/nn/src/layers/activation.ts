import {
  ArgumentError,
  elu,
  gelu,
  leakyRelu,
  logSoftmax,
  relu,
  type Shape,
  sigmoid,
  silu,
  sizeOf,
  softmax,
  softplus,
  type Tensor,
  tanh,
} from "@tessera/tensor";
import { type ForwardCost, Module } from "../module.ts";

const functions = {
  none: (x: Tensor) => x,
  linear: (x: Tensor) => x,
  relu,
  elu: (x: Tensor) => elu(x),
  // Keras's function has another slope than its layer.
  leaky_relu: (x: Tensor) => leakyRelu(x, { alpha: 0.2 }),
  sigmoid,
  tanh,
  softplus,
  silu,
  swish: silu,
  gelu,
  softmax: (x: Tensor) => softmax(x),
  log_softmax: (x: Tensor) => logSoftmax(x),
} as const satisfies Record<string, (x: Tensor) => Tensor>;

/** Activations by Keras's names. */
export type ActivationName = keyof typeof functions;

/**
 * An activation as a layer of its own, by Keras's name and with Keras's defaults: `relu`, `elu` (α = 1), `leaky_relu`
 * (slope 0.2), `sigmoid`, `tanh`, `softplus`, `silu` or `swish`, `gelu` (exact), `softmax` and `log_softmax` (over the
 * last axis), `linear` or `none`.
 */
export class Activation extends Module {
  readonly kind = "Activation";
  readonly name: ActivationName;

  /** @throws ArgumentError if there is no activation of this name */
  constructor(name: ActivationName) {
    super();
    if (!Object.hasOwn(functions, name)) {
      throw new ArgumentError(`Activation: expected one of ${Object.keys(functions).join(", ")}, got ${name}`);
    }
    this.name = name;
  }

  forward(x: Tensor): Tensor {
    return functions[this.name](x);
  }

  outputShape(input: Shape): Shape {
    return input;
  }

  protected override ownCost(input: Shape): ForwardCost {
    return { multiplyAdds: 0, activations: ["none", "linear"].includes(this.name) ? 0 : sizeOf(input) };
  }
}

import { ArgumentError, mul, type Shape, type Tensor } from "@tessera/tensor";
import { Module } from "../module.ts";

/** Its input times a constant, any shape: Keras's `Rescaling` without offset. */
export class Rescaling extends Module {
  readonly kind = "Rescaling";
  readonly scale: number;

  /** @throws ArgumentError if the scale is not a finite number */
  constructor(scale: number) {
    super();
    if (!Number.isFinite(scale)) throw new ArgumentError(`Rescaling: scale must be a finite number, got ${scale}`);
    this.scale = scale;
  }

  forward(x: Tensor): Tensor {
    return mul(x, this.scale);
  }

  outputShape(input: Shape): Shape {
    return input;
  }
}

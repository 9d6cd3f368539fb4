import { add, formatShape, type Shape, ShapeError, sameShape, type Tensor } from "@tessera/tensor";
import { Module } from "../module.ts";

/** x + body(x), any shape that the body keeps (He et al., "Deep Residual Learning", 2016). */
export class Residual extends Module {
  readonly kind = "Residual";
  readonly body: Module;

  constructor(body: Module) {
    super();
    this.body = body;
  }

  forward(x: Tensor): Tensor {
    return add(x, this.body.forward(x));
  }

  outputShape(input: Shape): Shape {
    const output = this.body.outputShape(input);
    if (sameShape(input, output)) return input;
    throw new ShapeError(`Residual: the body makes ${formatShape(output)} of ${formatShape(input)}: no sum`);
  }
}

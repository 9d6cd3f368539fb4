import { add, formatShape, type Shape, ShapeError, sameShape, sizeOf, type Tensor } from "@tessera/tensor";
import { type ForwardCost, Module, type Part } from "../module.ts";

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

  override parts(input: Shape): Part[] {
    return [["body", this.body, input]];
  }

  /** The sum. */
  protected override ownCost(input: Shape): ForwardCost {
    return { multiplyAdds: 0, activations: sizeOf(input) };
  }
}

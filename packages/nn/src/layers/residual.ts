import { formatShape, type Shape, ShapeError, sameShape, sizeOf } from "@tessera/tensor";
import { Composite, type Wiring } from "../composite.ts";
import type { ForwardCost, Module, Part } from "../module.ts";

/** x + body(x), any shape that the body keeps (He et al., "Deep Residual Learning", 2016). */
export class Residual extends Composite {
  readonly kind = "Residual";
  readonly body: Module;

  constructor(body: Module) {
    super();
    this.body = body;
  }

  wire<V>(x: V, { call, add }: Wiring<V>): V {
    return add(x, call(this.body, x));
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

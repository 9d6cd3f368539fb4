import { formatShape, type Shape, ShapeError, sameShape, sizeOf } from "@tessera/tensor";
import { Composite, type Wiring } from "../composite.ts";
import type { ForwardCost, Module, Part } from "../module.ts";

/**
 * The body's channels, then those of its input: [N, H, W, C] → [N, H, W, K + C] for a body that makes K channels of the
 * same height and width (Ronneberger, Fischer and Brox, "U-Net", 2015). Nested, these make a U-Net.
 */
export class SkipConnection extends Composite {
  readonly kind = "SkipConnection";
  readonly body: Module;

  constructor(body: Module) {
    super();
    this.body = body;
  }

  wire<V>(x: V, { call, concat }: Wiring<V>): V {
    return concat([call(this.body, x), x]);
  }

  outputShape(input: Shape): Shape {
    const output = this.body.outputShape(input);
    if (output.length === input.length && sameShape(output.slice(0, -1), input.slice(0, -1))) {
      return [...input.slice(0, -1), output.at(-1)! + input.at(-1)!];
    }
    throw new ShapeError(
      `SkipConnection: the body makes ${formatShape(output)} of ${formatShape(input)}: only channels may differ`,
    );
  }

  override parts(input: Shape): Part[] {
    return [["body", this.body, input]];
  }

  /** What both are joined in. */
  protected override ownCost(input: Shape): ForwardCost {
    return { multiplyAdds: 0, activations: sizeOf(this.outputShape(input)) };
  }
}

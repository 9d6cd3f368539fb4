import { reshape, type Shape, sizeOf, type Tensor } from "@tessera/tensor";
import { type ForwardCost, Module } from "../module.ts";

/** [N, …] → [N, product of the rest], in row-major order: for images height, width, channels. */
export class Flatten extends Module {
  readonly kind = "Flatten";
  forward(x: Tensor): Tensor {
    return reshape(x, this.outputShape(x.shape));
  }

  outputShape(input: Shape): Shape {
    return [input[0]!, sizeOf(input.slice(1))];
  }

  protected override ownCost(): ForwardCost {
    return { multiplyAdds: 0, activations: 0 };
  }
}

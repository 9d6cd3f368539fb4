import { maxPool, type Tensor } from "@tessera/tensor";
import { Pooling2D } from "./pooling2d.ts";

/** Greatest value of each window: [N, H, W, C] → [N, OH, OW, C]. */
export class MaxPooling2D extends Pooling2D {
  readonly kind = "MaxPooling2D";

  forward(x: Tensor): Tensor {
    return maxPool(x, this.pooling);
  }
}

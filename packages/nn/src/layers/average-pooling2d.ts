import { averagePool, type Tensor } from "@tessera/tensor";
import { Pooling2D } from "./pooling2d.ts";

/** Mean of each window, padding not counted: [N, H, W, C] → [N, OH, OW, C]. */
export class AveragePooling2D extends Pooling2D {
  readonly kind = "AveragePooling2D";

  forward(x: Tensor): Tensor {
    return averagePool(x, this.pooling);
  }
}

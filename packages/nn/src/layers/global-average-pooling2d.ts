import { globalAveragePool, type Shape, type Tensor } from "@tessera/tensor";
import { Module } from "../module.ts";
import { checkImages } from "./layer-shapes.ts";

/** Mean of each channel over the whole image: [N, H, W, C] → [N, C] (Lin, Chen and Yan, 2013). */
export class GlobalAveragePooling2D extends Module {
  readonly kind = "GlobalAveragePooling2D";

  forward(x: Tensor): Tensor {
    return globalAveragePool(x);
  }

  outputShape(input: Shape): Shape {
    const [n, , , channels] = checkImages("GlobalAveragePooling2D", input);
    return [n, channels];
  }
}

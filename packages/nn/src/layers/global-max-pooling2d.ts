import { maxPool, reshape, type Shape, type Tensor } from "@tessera/tensor";
import { Module } from "../module.ts";
import { checkImages } from "./layer-shapes.ts";

/** Greatest value of each channel over the whole image: [N, H, W, C] → [N, C]. */
export class GlobalMaxPooling2D extends Module {
  readonly kind = "GlobalMaxPooling2D";

  forward(x: Tensor): Tensor {
    const [n, height, width, channels] = checkImages("GlobalMaxPooling2D", x.shape);
    return reshape(maxPool(x, { window: [height, width] }), [n, channels]);
  }

  outputShape(input: Shape): Shape {
    const [n, , , channels] = checkImages("GlobalMaxPooling2D", input);
    return [n, channels];
  }
}

import { mean, type Shape, type Tensor } from "@tessera/tensor";
import { Module } from "../module.ts";
import { checkImages } from "./layer-shapes.ts";

/**
 * Mean of each channel over the whole image: [N, H, W, C] → [N, C] (Lin, Chen and Yan, 2013), or [N, 1, 1, C] with
 * `keepDims`.
 */
export class GlobalAveragePooling2D extends Module {
  readonly kind = "GlobalAveragePooling2D";
  readonly keepDims: boolean;

  /** @param options.keepDims whether height and width stay, as axes of 1. Default: false */
  constructor({ keepDims = false }: { readonly keepDims?: boolean } = {}) {
    super();
    this.keepDims = keepDims;
  }

  forward(x: Tensor): Tensor {
    this.outputShape(x.shape);
    return mean(x, { axes: [1, 2], keepDims: this.keepDims });
  }

  outputShape(input: Shape): Shape {
    const [n, , , channels] = checkImages("GlobalAveragePooling2D", input);
    return this.keepDims ? [n, 1, 1, channels] : [n, channels];
  }
}

import { maxPool, type Shape, type Tensor } from "@tessera/tensor";
import { Module } from "../module.ts";
import { spatialSize } from "./layer-shapes.ts";

/** Options of {@link MaxPooling2D}. */
export interface MaxPooling2DOptions {
  /** Height and width of the window, in pixels. Default: 2. */
  readonly poolSize?: number;
  /** Default: `poolSize`. */
  readonly stride?: number;
  /** Default: `"valid"`. */
  readonly padding?: "same" | "valid";
}

/** Greatest value of each window: [N, H, W, C] → [N, OH, OW, C]. */
export class MaxPooling2D extends Module {
  readonly kind = "MaxPooling2D";
  readonly #window: number;
  readonly #stride: number;
  readonly #padding: "same" | "valid";

  constructor({ poolSize = 2, stride = poolSize, padding = "valid" }: MaxPooling2DOptions = {}) {
    super();
    this.#window = poolSize;
    this.#stride = stride;
    this.#padding = padding;
  }

  forward(x: Tensor): Tensor {
    return maxPool(x, { window: this.#window, stride: this.#stride, padding: this.#padding });
  }

  outputShape([n, height, width, channels]: Shape): Shape {
    const size = (pixels: number) => spatialSize("MaxPooling2D", pixels, this.#window, this.#stride, this.#padding);
    return [n!, size(height!), size(width!), channels!];
  }
}

import { ArgumentError, pad, type Shape, ShapeError, type Tensor } from "@tessera/tensor";
import { Module } from "../module.ts";

/** Zeros around each image: [N, H, W, C] → [N, H + 2 p, W + 2 p, C]. */
export class ZeroPadding2D extends Module {
  readonly kind = "ZeroPadding2D";
  readonly padding: number;

  /** @param padding p, in pixels, the same on all four sides. Default: 1, Keras's */
  constructor(padding = 1) {
    super();
    if (!Number.isInteger(padding) || padding < 0) {
      throw new ArgumentError(`ZeroPadding2D: padding must be a whole number of at least 0, got ${padding}`);
    }
    this.padding = padding;
  }

  forward(x: Tensor): Tensor {
    const around = [this.padding, this.padding] as const;
    return pad(x, [[0, 0], around, around, [0, 0]]);
  }

  outputShape(input: Shape): Shape {
    if (input.length !== 4) {
      throw new ShapeError(`ZeroPadding2D: expected an input of [N, H, W, C], got ${input.length} axes`);
    }
    const [n, height, width, channels] = input as [number, number, number, number];
    return [n, height + 2 * this.padding, width + 2 * this.padding, channels];
  }
}

import { ArgumentError, type Interpolation, type Shape, type Tensor, upsample2d } from "@tessera/tensor";
import { Module } from "../module.ts";
import { checkImages, pair } from "./layer-shapes.ts";

/** Options of {@link UpSampling2D}. */
export interface UpSampling2DOptions {
  /** How many times as high and wide: whole numbers. Default: 2. */
  readonly size?: number | readonly [number, number];
  /** `"nearest"` repeats pixels, `"bilinear"` mixes them, with half-pixel centres. Default: `"nearest"`. */
  readonly interpolation?: Interpolation;
}

/** Larger images: [N, H, W, C] → [N, H · size, W · size, C]. */
export class UpSampling2D extends Module {
  readonly kind = "UpSampling2D";
  readonly scale: readonly [number, number];
  readonly interpolation: Interpolation;

  /** @throws ArgumentError if the size is not whole numbers of at least 1 */
  constructor({ size = 2, interpolation = "nearest" }: UpSampling2DOptions = {}) {
    super();
    this.scale = pair(size);
    this.interpolation = interpolation;
    if (this.scale.some((value) => !Number.isInteger(value) || value < 1)) {
      throw new ArgumentError(`UpSampling2D: size must be whole numbers of at least 1, got [${this.scale.join(", ")}]`);
    }
  }

  forward(x: Tensor): Tensor {
    return upsample2d(x, { scale: this.scale, interpolation: this.interpolation });
  }

  outputShape(input: Shape): Shape {
    const [n, height, width, channels] = checkImages("UpSampling2D", input);
    return [n, height * this.scale[0], width * this.scale[1], channels];
  }
}

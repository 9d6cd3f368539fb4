import type { Shape } from "@tessera/tensor";
import { Module } from "../module.ts";
import { checkImages, pair, spatialSize } from "./layer-shapes.ts";

/** Options of {@link MaxPooling2D} and {@link AveragePooling2D}. */
export interface Pooling2DOptions {
  /** Height and width of the window, in pixels. Default: 2. */
  readonly poolSize?: number | readonly [number, number];
  /** Default: `poolSize`. */
  readonly stride?: number | readonly [number, number];
  /** Default: `"valid"`. */
  readonly padding?: "same" | "valid";
}

/** What the poolings have in common: [N, H, W, C] → [N, OH, OW, C]. */
export abstract class Pooling2D extends Module {
  /** In the form that the ops take. */
  readonly pooling: {
    readonly window: readonly [number, number];
    readonly stride: readonly [number, number];
    readonly padding: "same" | "valid";
  };

  constructor({ poolSize = 2, stride = poolSize, padding = "valid" }: Pooling2DOptions = {}) {
    super();
    this.pooling = { window: pair(poolSize), stride: pair(stride), padding };
  }

  outputShape(input: Shape): Shape {
    const [n, height, width, channels] = checkImages(this.kind, input);
    const { window, stride, padding } = this.pooling;
    return [
      n,
      spatialSize(this.kind, height, window[0], stride[0], padding),
      spatialSize(this.kind, width, window[1], stride[1], padding),
      channels,
    ];
  }
}

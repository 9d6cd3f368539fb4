import { ArgumentError } from "@tessera/tensor";
import { RandomStreams } from "../initializers.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Dense } from "../layers/dense.ts";
import { Dropout } from "../layers/dropout.ts";
import { Flatten } from "../layers/flatten.ts";
import { MaxPooling2D } from "../layers/max-pooling2d.ts";
import { Sequential } from "../layers/sequential.ts";
import type { Module } from "../module.ts";

/** Options of {@link miniCnn}. */
export interface MiniCnnOptions {
  /** Number of classes. */
  readonly classes: number;
  /** Weights and dropout masks are a function of it. Default: 0. */
  readonly seed?: number;
}

/**
 * A network for a first look, a quarter of the work of {@link cnn}: three blocks of 3×3 convolution, ReLU, batch
 * normalisation and 2×2 max-pooling with 32, 64 and 128 filters; dropout 0.3 and a layer of logits. For 32×32×3 images;
 * 298,756 parameters with 100 classes.
 */
export function miniCnn({ classes, seed = 0 }: MiniCnnOptions): Sequential {
  if (!Number.isInteger(classes) || classes < 1) {
    throw new ArgumentError(`miniCnn: classes must be at least 1, got ${classes}`);
  }
  const random = new RandomStreams(seed);
  const layers: Module[] = [];
  let inputs = 3;
  for (const filters of [32, 64, 128]) {
    layers.push(new Conv2D({ inputs, filters, kernelSize: 3, padding: "same", activation: "relu" }, random));
    // Keras's 0.99 takes a thousand steps to forget where the moving statistics began; a first look has fewer.
    layers.push(new BatchNormalization({ inputs: filters, momentum: 0.9 }), new MaxPooling2D());
    inputs = filters;
  }
  return new Sequential([
    ...layers,
    new Flatten(),
    new Dropout(0.3, random),
    new Dense({ inputs: 4 * 4 * inputs, units: classes }, random),
  ]);
}

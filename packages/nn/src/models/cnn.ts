import { RandomStreams } from "../initializers.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Dense } from "../layers/dense.ts";
import { Dropout } from "../layers/dropout.ts";
import { Flatten } from "../layers/flatten.ts";
import { MaxPooling2D } from "../layers/max-pooling2d.ts";
import { Sequential } from "../layers/sequential.ts";
import type { Module } from "../module.ts";
import { checkClasses, type ModelOptions, shapeBehind, widthOf } from "./model-options.ts";

/** Options of {@link cnn}. */
export interface CnnOptions extends ModelOptions {
  /** Dropout after the three blocks and before the last layer. Default: [0.2, 0.3, 0.4, 0.5]. */
  readonly dropout?: readonly [number, number, number, number];
}

/**
 * A small convolutional network: three blocks of twice (3×3 convolution, ReLU, batch normalisation), 2×2 max-pooling and
 * dropout, with 32, 64 and 128 filters; then 512 units, ReLU, dropout, and a layer of logits. For 32×32×3 images and 100
 * classes it has 1,389,188 parameters, 1,388,292 of them trainable.
 *
 * Source: Tanguy Hardion, "CNN on CIFAR-100" (its `create_cnn`), without the final softmax, which the loss brings.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1
 */
export function cnn({
  classes,
  input = [32, 32, 3],
  width,
  seed = 0,
  dropout = [0.2, 0.3, 0.4, 0.5],
}: CnnOptions): Sequential {
  checkClasses("cnn", classes);
  const scaled = widthOf("cnn", width);
  const random = new RandomStreams(seed);
  const layers: Module[] = [];
  let inputs = input[2];
  [32, 64, 128].forEach((full, block) => {
    const filters = scaled(full);
    for (let i = 0; i < 2; i++) {
      layers.push(new Conv2D({ inputs, filters, kernelSize: 3, padding: "same", activation: "relu" }, random));
      layers.push(new BatchNormalization({ inputs: filters }));
      inputs = filters;
    }
    layers.push(new MaxPooling2D(), new Dropout(dropout[block]!, random));
  });
  layers.push(new Flatten());
  const units = scaled(512);
  const features = shapeBehind(layers, input)[0]!;
  layers.push(new Dense({ inputs: features, units, activation: "relu" }, random), new Dropout(dropout[3], random));
  layers.push(new Dense({ inputs: units, units: classes }, random));
  return new Sequential(layers);
}

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

/**
 * A network for a first look, a quarter of the work of {@link cnn}: three blocks of 3×3 convolution, ReLU, batch
 * normalisation and 2×2 max-pooling with 32, 64 and 128 filters; dropout 0.3 and a layer of logits. For 32×32×3 images;
 * 299,044 parameters with 100 classes.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1
 */
export function miniCnn({ classes, input = [32, 32, 3], width, seed = 0 }: ModelOptions): Sequential {
  checkClasses("miniCnn", classes);
  const scaled = widthOf("miniCnn", width);
  const random = new RandomStreams(seed);
  const layers: Module[] = [];
  let inputs = input[2];
  for (const full of [32, 64, 128]) {
    const filters = scaled(full);
    layers.push(new Conv2D({ inputs, filters, kernelSize: 3, padding: "same", activation: "relu" }, random));
    // Keras's 0.99 takes a thousand steps to forget where the moving statistics began; a first look has fewer.
    layers.push(new BatchNormalization({ inputs: filters, momentum: 0.9 }), new MaxPooling2D());
    inputs = filters;
  }
  layers.push(new Flatten());
  const features = shapeBehind(layers, input)[0]!;
  return new Sequential([...layers, new Dropout(0.3, random), new Dense({ inputs: features, units: classes }, random)]);
}

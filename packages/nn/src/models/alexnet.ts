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

/** Options of {@link alexnet}. */
export interface AlexnetOptions extends ModelOptions {
  /** Dropout after the two hidden dense layers. Default: 0.5. */
  readonly dropout?: number;
}

/** Filters, kernel size, stride, and whether 3×3 max-pooling of stride 2 follows. */
const convolutions = [
  { full: 96, kernelSize: 11, stride: 4, padding: "valid", pooled: true },
  { full: 256, kernelSize: 5, stride: 1, padding: "same", pooled: true },
  { full: 384, kernelSize: 3, stride: 1, padding: "same", pooled: false },
  { full: 384, kernelSize: 3, stride: 1, padding: "same", pooled: false },
  { full: 256, kernelSize: 3, stride: 1, padding: "same", pooled: true },
] as const;

/**
 * AlexNet for images of 227×227: five convolutions (96 of 11×11 with stride 4, 256 of 5×5, 384, 384 and 256 of 3×3), each
 * with ReLU and batch normalisation, 3×3 max-pooling of stride 2 after the first, second and fifth; then dense layers of
 * 4096, 4096 and the classes, with dropout.
 *
 * Source: Krizhevsky, Sutskever and Hinton, 2012, in one column, with batch normalisation after the ReLUs in place of
 * local response normalisation, as in the AlexNet of A Developer Diary.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1
 */
export function alexnet({
  classes,
  input = [227, 227, 3],
  width,
  seed = 0,
  dropout = 0.5,
}: AlexnetOptions): Sequential {
  checkClasses("alexnet", classes);
  const scaled = widthOf("alexnet", width);
  const random = new RandomStreams(seed);
  const layers: Module[] = [];
  let inputs = input[2];
  for (const { full, pooled, ...convolution } of convolutions) {
    const filters = scaled(full);
    layers.push(new Conv2D({ inputs, filters, ...convolution, activation: "relu" }, random));
    layers.push(new BatchNormalization({ inputs: filters }));
    if (pooled) layers.push(new MaxPooling2D({ poolSize: 3, stride: 2 }));
    inputs = filters;
  }
  layers.push(new Flatten());
  const units = scaled(4096);
  const hidden = (from: number) => [
    new Dense({ inputs: from, units, activation: "relu" }, random),
    new Dropout(dropout, random),
  ];
  layers.push(...hidden(shapeBehind(layers, input)[0]!), ...hidden(units));
  return new Sequential([...layers, new Dense({ inputs: units, units: classes }, random)]);
}

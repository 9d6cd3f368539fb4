import { RandomStreams } from "../initializers.ts";
import { Activation } from "../layers/activation.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Dense } from "../layers/dense.ts";
import { Dropout } from "../layers/dropout.ts";
import { Flatten } from "../layers/flatten.ts";
import { MaxPooling2D } from "../layers/max-pooling2d.ts";
import { Sequential, snakeCase } from "../layers/sequential.ts";
import { ZeroPadding2D } from "../layers/zero-padding2d.ts";
import type { Module } from "../module.ts";
import { checkClasses, type ModelOptions, shapeBehind, widthOf } from "./model-options.ts";

/** Options of {@link elu18}. */
export interface Elu18Options extends ModelOptions {
  /** Dropout after each of the seven stacks. Default: 0.5. */
  readonly dropout?: number;
}

/** [filters, kernel size] of every convolution, stack by stack. */
const stacks: readonly (readonly (readonly [filters: number, kernelSize: number])[])[] = [
  [[384, 3]],
  [
    [384, 1],
    [384, 2],
    [640, 2],
    [640, 2],
  ],
  [
    [640, 3],
    [768, 2],
    [768, 2],
    [768, 2],
  ],
  [
    [768, 1],
    [896, 2],
    [896, 2],
  ],
  [
    [896, 3],
    [1024, 2],
    [1024, 2],
  ],
  [
    [1024, 1],
    [1152, 2],
  ],
  [[1152, 1]],
];

/**
 * Eighteen convolutions in seven stacks: zeros of 4 pixels around the image; in each stack convolutions with `same`
 * padding, one ELU, 2×2 max-pooling with `same` padding and dropout; then a layer of logits. Kernels of convolutions cost
 * an L2 penalty of 0.01 (the first) and 5e-4. For 32×32×3 images and 100 classes it has 42,607,204 parameters.
 *
 * Source: Sharma and Arabala, "CIFAR-100", a Keras reading of the network of Clevert et al. (2016). It is kept to the
 * letter, with its names of layers: inside of a stack nothing is between two convolutions, and `activation_8`, a softmax
 * there, hands logits on, because the loss brings the softmax.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1
 */
export function elu18({ classes, input = [32, 32, 3], width, seed = 0, dropout = 0.5 }: Elu18Options): Sequential {
  checkClasses("elu18", classes);
  const scaled = widthOf("elu18", width);
  const random = new RandomStreams(seed);
  const layers: Module[] = [new ZeroPadding2D(4)];
  let inputs = input[2];
  stacks.forEach((stack, i) => {
    for (const [full, kernelSize] of stack) {
      const filters = scaled(full);
      const kernelRegularizer = { l2: i === 0 ? 0.01 : 5e-4 };
      layers.push(new Conv2D({ inputs, filters, kernelSize, padding: "same", kernelRegularizer }, random));
      inputs = filters;
    }
    layers.push(new Activation("elu"), new MaxPooling2D({ padding: "same" }), new Dropout(dropout, random));
  });
  layers.push(new Flatten());
  const features = shapeBehind(layers, input)[0]!;
  layers.push(new Dense({ inputs: features, units: classes }, random), new Activation("none"));
  return new Sequential(numbered(layers));
}

/** Names as Keras 2.1 gave them, counting from 1: `conv2d_1`, `conv2d_2`, … */
function numbered(layers: readonly Module[]): [string, Module][] {
  const counts = new Map<string, number>();
  return layers.map((layer) => {
    const count = (counts.get(layer.kind) ?? 0) + 1;
    counts.set(layer.kind, count);
    return [`${snakeCase(layer.kind)}_${count}`, layer];
  });
}

/** @file The convolutional networks of Omar Mohamed's "Object Classification on CIFAR-100", plain and separable. */
import { RandomStreams } from "../initializers.ts";
import { Activation } from "../layers/activation.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Dense } from "../layers/dense.ts";
import { DropBlock2D } from "../layers/drop-block2d.ts";
import { Dropout } from "../layers/dropout.ts";
import { Flatten } from "../layers/flatten.ts";
import { MaxPooling2D } from "../layers/max-pooling2d.ts";
import { Sequential } from "../layers/sequential.ts";
import type { Module } from "../module.ts";
import { checkClasses, type ModelOptions, shapeBehind, widthOf } from "./model-options.ts";

/** Options of the networks with DropBlock. */
export interface DropBlockOptions extends ModelOptions {
  /** Share that DropBlock keeps to begin with. */
  readonly keepProbability?: number;
  /** Greatest height and width of DropBlock's blocks; smaller maps have blocks of their own size. */
  readonly blockSize?: number;
  /** Dropout after the two hidden dense layers. Default: 0.5. */
  readonly dropout?: number;
}

/** The source's settings of batch normalisation. */
export const dropBlockNorm = { momentum: 0.997, epsilon: 1e-5 } as const;

const kernels: readonly (readonly [size: number, filters: number])[] = [
  [7, 64],
  [5, 128],
  [3, 256],
  [3, 512],
];

/** What a block's convolution is made with. */
export interface BlockConvolution {
  readonly inputs: number;
  readonly filters: number;
  readonly kernelSize: number;
  /** Whether it is the last one before the dense layers. */
  readonly last: boolean;
}

type Convolution = (block: BlockConvolution, random: RandomStreams) => readonly Module[];

/** Four blocks around a convolution, and the dense head: what `cnnDropBlock` describes. */
export function dropBlockNetwork(
  name: string,
  options: DropBlockOptions & { readonly keepProbability: number; readonly blockSize: number },
  convolution: Convolution,
): Sequential {
  const { classes, input = [32, 32, 3], width, seed = 0, keepProbability, blockSize, dropout = 0.5 } = options;
  checkClasses(name, classes);
  const scaled = widthOf(name, width);
  const random = new RandomStreams(seed);
  const layers: Module[] = [];
  let inputs = input[2];
  for (const [i, [kernelSize, full]] of kernels.entries()) {
    const filters = scaled(full);
    layers.push(new BatchNormalization({ inputs, ...dropBlockNorm }));
    layers.push(...convolution({ inputs, filters, kernelSize, last: i === kernels.length - 1 }, random));
    layers.push(new MaxPooling2D({ padding: "same" }), new BatchNormalization({ inputs: filters, ...dropBlockNorm }));
    layers.push(new Activation("relu"), fittingDropBlock(layers, input, { keepProbability, blockSize }, random));
    inputs = filters;
  }
  layers.push(new Flatten());
  return new Sequential([
    ...layers,
    ...denseHead(shapeBehind(layers, input)[0]!, scaled(2048), { classes, dropout }, random),
  ]);
}

/** DropBlock behind some layers, its blocks no larger than the map. */
export function fittingDropBlock(
  layers: readonly Module[],
  input: readonly [number, number, number],
  { keepProbability, blockSize }: { readonly keepProbability: number; readonly blockSize: number },
  random: RandomStreams,
): DropBlock2D {
  const [height, down] = shapeBehind(layers, input) as [number, number, number];
  return new DropBlock2D({ keepProbability, blockSize: Math.min(blockSize, height, down) }, random);
}

/** Two hidden dense layers and one of logits, each with batch normalisation and without bias. */
export function denseHead(
  inputs: number,
  units: number,
  { classes, dropout }: { readonly classes: number; readonly dropout: number },
  random: RandomStreams,
): Module[] {
  const dense = (from: number, to: number) => [
    new Dense({ inputs: from, units: to, bias: false }, random),
    new BatchNormalization({ inputs: to, ...dropBlockNorm }),
  ];
  const hidden = (from: number) => [...dense(from, units), new Activation("relu"), new Dropout(dropout, random)];
  return [...hidden(inputs), ...hidden(units), ...dense(units, classes)];
}

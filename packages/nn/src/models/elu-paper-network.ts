/** @file The two networks of Clevert, Unterthiner and Hochreiter, "Fast and Accurate Deep Network Learning by ELUs", 2016. */
import { heNormal, RandomStreams } from "../initializers.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Dropout } from "../layers/dropout.ts";
import { Flatten } from "../layers/flatten.ts";
import { MaxPooling2D } from "../layers/max-pooling2d.ts";
import { Sequential } from "../layers/sequential.ts";
import type { Module } from "../module.ts";
import { checkClasses, type ModelOptions, widthOf } from "./model-options.ts";

/** [layers, filters, kernel size], as the paper lists them. */
export type Run = readonly [layers: number, filters: number, kernelSize: number];

/** Dropout behind the last convolution of each stack, as the paper begins. */
const firstRates = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0];

/** Stacks of convolutions, and 1×1 convolutions to the classes: what `elu18Paper` describes. */
export function eluPaperNetwork(name: string, stacks: readonly (readonly Run[])[], options: ModelOptions): Sequential {
  const { classes, input = [32, 32, 3], width, seed = 0 } = options;
  checkClasses(name, classes);
  const scaled = widthOf(name, width);
  const random = new RandomStreams(seed);
  const layers: Module[] = [];
  let inputs = input[2];
  const convolve = (filters: number, kernelSize: number, activation: "elu" | "none") => {
    const settings = { padding: "same", activation, kernelInitializer: heNormal } as const;
    layers.push(new Conv2D({ inputs, filters, kernelSize, ...settings }, random));
    inputs = filters;
  };
  stacks.forEach((stack, i) => {
    const kernels = stack.flatMap(([count, filters, size]) => new Array<[number, number]>(count).fill([filters, size]));
    kernels.forEach(([filters, size], j) => {
      const last = j === kernels.length - 1;
      convolve(scaled(filters), size, "elu");
      if (last) layers.push(new MaxPooling2D({ padding: "same" }));
      layers.push(new Dropout(last ? firstRates[i]! : 0, random));
    });
  });
  convolve(classes, 1, "none");
  return new Sequential([...layers, new Flatten()]);
}

/** @file The two colouring networks of S. Du, "Convolution Neural Network": grey pixels in, logits of colours out. */
import { fanInUniform, RandomStreams } from "../initializers.ts";
import { Activation } from "../layers/activation.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { MaxPooling2D } from "../layers/max-pooling2d.ts";
import { Sequential } from "../layers/sequential.ts";
import { SkipConnection } from "../layers/skip-connection.ts";
import { UpSampling2D } from "../layers/up-sampling2d.ts";
import type { Module } from "../module.ts";
import { checkClasses, type ModelOptions, widthOf } from "./model-options.ts";

/** Options of the colouring networks. */
export interface ColorizeOptions extends Omit<ModelOptions, "classes" | "input"> {
  /** Number of colours. Default: 24. */
  readonly classes?: number;
  /** Height, width and channels of an image; height and width divisible by 4. Default: [32, 32, 1], grey. */
  readonly input?: readonly [number, number, number];
}

/** A 3×3 convolution, perhaps another size, batch normalisation and ReLU; and convolutions alone. */
function layersOf(random: RandomStreams) {
  const convolve = (inputs: number, filters: number) =>
    new Conv2D({ inputs, filters, kernelSize: 3, padding: "same", kernelInitializer: fanInUniform }, random);
  const block = (inputs: number, filters: number, ...resize: Module[]) => [
    ...[convolve(inputs, filters), ...resize],
    new BatchNormalization({ inputs: filters, momentum: 0.9, epsilon: 1e-5 }),
    new Activation("relu"),
  ];
  return { convolve, block };
}

/** What both networks are told, with its defaults. */
function settings(name: string, { classes = 24, input = [32, 32, 1], width, seed = 0 }: ColorizeOptions) {
  checkClasses(name, classes);
  const scaled = widthOf(name, width);
  return { classes, channels: input[2], filters: scaled(32), more: scaled(64), ...layersOf(new RandomStreams(seed)) };
}

/**
 * Colours of a grey image, pixel by pixel: [N, H, W, 1] → logits [N, H, W, colours]. 3×3 convolutions with 32, 64, 64,
 * 32 and as many filters as colours, each with batch normalisation and ReLU, the first two with 2×2 max-pooling and the
 * last two with doubling; then a convolution to the logits. With 24 colours 86,784 parameters are trainable.
 *
 * Source: S. Du, "Convolution Neural Network" (DaPraxis), after an exercise of the University of Toronto. The order of
 * layers inside of a block, their first weights and batch normalisation's settings are those of that exercise, in PyTorch.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1
 */
export function colorizeCnn(options: ColorizeOptions = {}): Sequential {
  const { classes, channels, filters, more, convolve, block } = settings("colorizeCnn", options);
  return new Sequential([
    ...block(channels, filters, new MaxPooling2D()),
    ...block(filters, more, new MaxPooling2D()),
    ...block(more, more),
    ...block(more, filters, new UpSampling2D()),
    ...block(filters, classes, new UpSampling2D()),
    convolve(classes, classes),
  ]);
}

/**
 * {@link colorizeCnn} with skip connections, as a U-Net has them: what has been doubled is joined by the channels of the
 * map of its size on the way down, and the logits see the grey image itself. With 24 colours 112,344 parameters are
 * trainable.
 *
 * Source: as of `colorizeCnn`.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1
 */
export function colorizeUnet(options: ColorizeOptions = {}): Sequential {
  const { classes, channels, filters, more, convolve, block } = settings("colorizeUnet", options);
  const first = block(channels, filters, new MaxPooling2D());
  const second = block(filters, more, new MaxPooling2D());
  const lowest = new SkipConnection(new Sequential(block(more, more)));
  const middle = new Sequential([...second, lowest, ...block(2 * more, filters, new UpSampling2D())]);
  const doubled = block(2 * filters, classes, new UpSampling2D());
  const outer = new Sequential([...first, new SkipConnection(middle), ...doubled]);
  return new Sequential([new SkipConnection(outer), convolve(classes + channels, classes)]);
}

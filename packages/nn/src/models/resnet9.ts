import { fanInUniform, RandomStreams } from "../initializers.ts";
import { Activation, type ActivationName } from "../layers/activation.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Dense } from "../layers/dense.ts";
import { GlobalMaxPooling2D } from "../layers/global-max-pooling2d.ts";
import { MaxPooling2D } from "../layers/max-pooling2d.ts";
import { Rescaling } from "../layers/rescaling.ts";
import { Residual } from "../layers/residual.ts";
import { Sequential } from "../layers/sequential.ts";
import { checkClasses, type ModelOptions, widthOf } from "./model-options.ts";

/** Options of {@link resnet9}. */
export interface Resnet9Options extends ModelOptions {
  /** Factor on the logits. Default: 0.125. */
  readonly logitScale?: number;
  /** Behind every batch normalisation. Default: `"relu"`. */
  readonly activation?: ActivationName;
}

/**
 * ResNet-9: a 3×3 convolution of 64 filters; three stages of a 3×3 convolution (128, 256 and 512 filters) and 2×2
 * max-pooling, the first and the third followed by x + f(x), f being two 3×3 convolutions; the greatest value of each
 * channel; and a dense layer without bias, its logits times 0.125. Every convolution is without bias, and batch
 * normalisation and an activation follow it. With 10 classes 6,573,120 parameters are trainable, whatever the image's
 * size, which must be at least 8×8.
 *
 * Source: D. Page, "How to Train Your ResNet" and its repository cifar10-fast, 2018, with PyTorch's first weights and
 * settings of batch normalisation.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1
 */
export function resnet9({
  classes,
  input = [32, 32, 3],
  width,
  seed = 0,
  logitScale = 0.125,
  activation = "relu",
}: Resnet9Options): Sequential {
  checkClasses("resnet9", classes);
  const scaled = widthOf("resnet9", width);
  const random = new RandomStreams(seed);
  const convolve = (inputs: number, filters: number) => [
    new Conv2D(
      { inputs, filters, kernelSize: 3, padding: "same", bias: false, kernelInitializer: fanInUniform },
      random,
    ),
    new BatchNormalization({ inputs: filters, momentum: 0.9, epsilon: 1e-5 }),
    new Activation(activation),
  ];
  const residual = (filters: number) =>
    new Residual(new Sequential([...convolve(filters, filters), ...convolve(filters, filters)]));
  const [prep, first, second, third] = [scaled(64), scaled(128), scaled(256), scaled(512)];
  return new Sequential([
    ...convolve(input[2], prep),
    ...[...convolve(prep, first), new MaxPooling2D(), residual(first)],
    ...[...convolve(first, second), new MaxPooling2D()],
    ...[...convolve(second, third), new MaxPooling2D(), residual(third)],
    new GlobalMaxPooling2D(),
    new Dense({ inputs: third, units: classes, bias: false, kernelInitializer: fanInUniform }, random),
    new Rescaling(logitScale),
  ]);
}

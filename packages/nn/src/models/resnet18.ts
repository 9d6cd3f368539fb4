import { RandomStreams } from "../initializers.ts";
import { Activation } from "../layers/activation.ts";
import { Dense } from "../layers/dense.ts";
import { GlobalAveragePooling2D } from "../layers/global-average-pooling2d.ts";
import { Sequential } from "../layers/sequential.ts";
import type { Module } from "../module.ts";
import { BasicBlock, normalized } from "./basic-block.ts";
import { checkClasses, type ModelOptions, widthOf } from "./model-options.ts";

/**
 * ResNet-18 for small images: a 3×3 convolution, four stages of two basic blocks with 64, 128, 256 and 512 filters, of
 * which all but the first stage begin with stride 2, global average pooling and a layer of logits (He et al., "Deep
 * Residual Learning", 2016; the stem of 3×3 and stride 1 is what implementations for CIFAR use). For 100 classes
 * 11,220,132 parameters are trainable.
 *
 * Strided convolutions pad as TensorFlow does, at the bottom and right first; PyTorch pads all sides alike.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1
 */
export function resnet18({ classes, input = [32, 32, 3], width, seed = 0 }: ModelOptions): Sequential {
  checkClasses("resnet18", classes);
  const scaled = widthOf("resnet18", width);
  const random = new RandomStreams(seed);
  const stem = normalized({ inputs: input[2], filters: scaled(64), kernelSize: 3 }, random);
  const layers: Module[] = [stem.convolution, stem.norm, new Activation("relu")];
  let inputs = scaled(64);
  [64, 128, 256, 512].forEach((full, stage) => {
    const filters = scaled(full);
    layers.push(new BasicBlock({ inputs, filters, stride: stage === 0 ? 1 : 2 }, random));
    layers.push(new BasicBlock({ inputs: filters, filters }, random));
    inputs = filters;
  });
  return new Sequential([...layers, new GlobalAveragePooling2D(), new Dense({ inputs, units: classes }, random)]);
}

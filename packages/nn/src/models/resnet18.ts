import type { Shape } from "@tessera/tensor";
import { Composite, type Wiring } from "../composite.ts";
import { heNormal, RandomStreams } from "../initializers.ts";
import { Activation } from "../layers/activation.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Dense } from "../layers/dense.ts";
import { GlobalAveragePooling2D } from "../layers/global-average-pooling2d.ts";
import { Sequential } from "../layers/sequential.ts";
import type { Module } from "../module.ts";
import { checkClasses, type WidthOptions, widthOf } from "./model-options.ts";

/** PyTorch's settings: a momentum of 0.1 there is one of 0.9 here. */
const norm = { momentum: 0.9, epsilon: 1e-5 } as const;

/** A convolution without bias, and its batch normalisation. */
function normalized(inputs: number, filters: number, size: number, stride: number, random: RandomStreams) {
  const settings = { padding: "same", bias: false, kernelInitializer: heNormal } as const;
  return {
    convolution: new Conv2D({ inputs, filters, kernelSize: size, stride, ...settings }, random),
    norm: new BatchNormalization({ inputs: filters, ...norm }),
  };
}

/** relu(x' + f(x)), f being two 3×3 convolutions with batch normalisation and x' x itself or a 1×1 projection of it. */
class BasicBlock extends Composite {
  readonly kind = "BasicBlock";
  readonly conv1: Conv2D;
  readonly norm1: BatchNormalization;
  readonly conv2: Conv2D;
  readonly norm2: BatchNormalization;
  readonly projection: Conv2D | null = null;
  readonly projectionNorm: BatchNormalization | null = null;

  constructor(inputs: number, filters: number, stride: number, random: RandomStreams) {
    super();
    ({ convolution: this.conv1, norm: this.norm1 } = normalized(inputs, filters, 3, stride, random));
    ({ convolution: this.conv2, norm: this.norm2 } = normalized(filters, filters, 3, 1, random));
    if (stride === 1 && inputs === filters) return;
    ({ convolution: this.projection, norm: this.projectionNorm } = normalized(inputs, filters, 1, stride, random));
  }

  wire<V>(x: V, { call, add, relu }: Wiring<V>): V {
    const h = relu(call(this.norm1, call(this.conv1, x)));
    const y = call(this.norm2, call(this.conv2, h));
    const { projection, projectionNorm } = this;
    return relu(add(y, projection && projectionNorm ? call(projectionNorm, call(projection, x)) : x));
  }

  outputShape(input: Shape): Shape {
    return this.conv2.outputShape(this.conv1.outputShape(input));
  }
}

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
export function resnet18({ classes, input = [32, 32, 3], width, seed = 0 }: WidthOptions): Sequential {
  checkClasses("resnet18", classes);
  const scaled = widthOf("resnet18", width);
  const random = new RandomStreams(seed);
  const stem = normalized(input[2], scaled(64), 3, 1, random);
  const layers: Module[] = [stem.convolution, stem.norm, new Activation("relu")];
  let inputs = scaled(64);
  [64, 128, 256, 512].forEach((full, stage) => {
    const filters = scaled(full);
    layers.push(new BasicBlock(inputs, filters, stage === 0 ? 1 : 2, random));
    layers.push(new BasicBlock(filters, filters, 1, random));
    inputs = filters;
  });
  return new Sequential([...layers, new GlobalAveragePooling2D(), new Dense({ inputs, units: classes }, random)]);
}

/** @file The residual network of Omar Mohamed's "Object Classification on CIFAR-100". */
import { type Shape, sizeOf } from "@tessera/tensor";
import { Composite, type Wiring } from "../composite.ts";
import { RandomStreams } from "../initializers.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Flatten } from "../layers/flatten.ts";
import { MaxPooling2D } from "../layers/max-pooling2d.ts";
import { Sequential } from "../layers/sequential.ts";
import { type ForwardCost, inARow, type Module, type Part } from "../module.ts";
import { type DropBlockOptions, denseHead, dropBlockNorm, fittingDropBlock } from "./drop-block-network.ts";
import { checkClasses, shapeBehind, widthOf } from "./model-options.ts";

/** Twice batch normalisation, ReLU and 3×3 convolution: [N, H, W, inputs] → [N, H, W, filters]. */
class PreActivationBlock extends Composite {
  readonly kind = "PreActivationBlock";
  readonly norm1: BatchNormalization;
  readonly conv1: Conv2D;
  readonly norm2: BatchNormalization;
  readonly conv2: Conv2D;

  constructor(inputs: number, filters: number, random: RandomStreams) {
    super();
    const settings = { kernelSize: 3, padding: "same", bias: false } as const;
    this.norm1 = new BatchNormalization({ inputs, ...dropBlockNorm });
    this.conv1 = new Conv2D({ inputs, filters, ...settings }, random);
    this.norm2 = new BatchNormalization({ inputs: filters, ...dropBlockNorm });
    this.conv2 = new Conv2D({ inputs: filters, filters, ...settings }, random);
  }

  wire<V>(x: V, { call, relu }: Wiring<V>): V {
    const y = call(this.conv1, relu(call(this.norm1, x)));
    return call(this.conv2, relu(call(this.norm2, y)));
  }

  outputShape(input: Shape): Shape {
    return this.conv2.outputShape(this.conv1.outputShape(input));
  }

  override parts(input: Shape): Part[] {
    const { norm1, conv1, norm2, conv2 } = this;
    return inARow(Object.entries({ norm1, conv1, norm2, conv2 }), input);
  }

  /** A ReLU behind each normalisation. */
  protected override ownCost(input: Shape): ForwardCost {
    return { multiplyAdds: 0, activations: sizeOf(input) + sizeOf(this.conv1.outputShape(input)) };
  }
}

/** h = relu(block(x)), then relu(h + block(h)): [N, H, W, inputs] → [N, H, W, filters]. */
class ResidualPair extends Composite {
  readonly kind = "ResidualPair";
  readonly first: PreActivationBlock;
  readonly second: PreActivationBlock;

  constructor(inputs: number, filters: number, random: RandomStreams) {
    super();
    this.first = new PreActivationBlock(inputs, filters, random);
    this.second = new PreActivationBlock(filters, filters, random);
  }

  wire<V>(x: V, { call, add, relu }: Wiring<V>): V {
    const h = relu(call(this.first, x));
    return relu(add(h, call(this.second, h)));
  }

  outputShape(input: Shape): Shape {
    return this.first.outputShape(input);
  }

  override parts(input: Shape): Part[] {
    return inARow(Object.entries({ first: this.first, second: this.second }), input);
  }

  /** ReLU, sum and ReLU. */
  protected override ownCost(input: Shape): ForwardCost {
    return { multiplyAdds: 0, activations: 3 * sizeOf(this.outputShape(input)) };
  }
}

/**
 * Four pairs of residual blocks with 128, 256, 512 and 1024 filters, each followed by DropBlock and 3×3 max-pooling of
 * stride 2; then dense layers of 4096, 4096 and the classes, each with batch normalisation. No biases. For 32×32×3 images
 * and 100 classes it has 77,821,724 parameters, moving statistics included.
 *
 * Source: O. Mohamed, "Object Classification on CIFAR-100", part 7. DropBlock keeps all to begin with
 * (`keepProbability` 1; there a schedule lowers it by 0.005 an epoch to 0.8) in blocks of 5.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1
 */
export function resnetDropBlock({
  classes,
  input = [32, 32, 3],
  width,
  seed = 0,
  keepProbability = 1,
  blockSize = 5,
  dropout = 0.5,
}: DropBlockOptions): Sequential {
  checkClasses("resnetDropBlock", classes);
  const scaled = widthOf("resnetDropBlock", width);
  const random = new RandomStreams(seed);
  const layers: Module[] = [];
  let inputs = input[2];
  for (const full of [128, 256, 512, 1024]) {
    const filters = scaled(full);
    layers.push(new ResidualPair(inputs, filters, random));
    layers.push(fittingDropBlock(layers, input, { keepProbability, blockSize }, random));
    layers.push(new MaxPooling2D({ poolSize: 3, stride: 2, padding: "same" }));
    inputs = filters;
  }
  layers.push(new Flatten());
  return new Sequential([
    ...layers,
    ...denseHead(shapeBehind(layers, input)[0]!, scaled(4096), { classes, dropout }, random),
  ]);
}

/** @file What residual networks for PyTorch are made of: a convolution with batch normalisation, and blocks of two. */
import { type Shape, sizeOf } from "@tessera/tensor";
import { Composite, type Wiring } from "../composite.ts";
import { heNormal, type RandomStreams } from "../initializers.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D, type Conv2DOptions } from "../layers/conv2d.ts";
import { type ForwardCost, inARow, type Part } from "../module.ts";

/** PyTorch's settings: a momentum of 0.1 there is one of 0.9 here. */
const norm = { momentum: 0.9, epsilon: 1e-5 } as const;

/** A convolution without bias, and its batch normalisation. */
export function normalized(
  options: Pick<Conv2DOptions, "inputs" | "filters" | "kernelSize" | "stride" | "dilation">,
  random: RandomStreams,
) {
  const settings = { padding: "same", bias: false, kernelInitializer: heNormal } as const;
  return {
    convolution: new Conv2D({ ...options, ...settings }, random),
    norm: new BatchNormalization({ inputs: options.filters, ...norm }),
  };
}

/** Options of {@link BasicBlock}. */
interface BasicBlockOptions {
  readonly inputs: number;
  readonly filters: number;
  /** Of the first convolution. Default: 1. */
  readonly stride?: number;
  /** Of the second convolution, and of the first where that is not strided. Default: 1. */
  readonly dilation?: number;
}

/** relu(x' + f(x)), f being two 3×3 convolutions with batch normalisation and x' x itself or a 1×1 projection of it. */
export class BasicBlock extends Composite {
  readonly kind = "BasicBlock";
  readonly conv1: Conv2D;
  readonly norm1: BatchNormalization;
  readonly conv2: Conv2D;
  readonly norm2: BatchNormalization;
  readonly projection: Conv2D | null = null;
  readonly projectionNorm: BatchNormalization | null = null;

  constructor({ inputs, filters, stride = 1, dilation = 1 }: BasicBlockOptions, random: RandomStreams) {
    super();
    const first = { inputs, filters, kernelSize: 3, stride, dilation: stride === 1 ? dilation : 1 };
    ({ convolution: this.conv1, norm: this.norm1 } = normalized(first, random));
    const second = { inputs: filters, filters, kernelSize: 3, dilation };
    ({ convolution: this.conv2, norm: this.norm2 } = normalized(second, random));
    if (stride === 1 && inputs === filters) return;
    const projection = { inputs, filters, kernelSize: 1, stride };
    ({ convolution: this.projection, norm: this.projectionNorm } = normalized(projection, random));
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

  override parts(input: Shape): Part[] {
    const { conv1, norm1, conv2, norm2, projection, projectionNorm } = this;
    const shortcut = projection && projectionNorm ? Object.entries({ projection, projectionNorm }) : [];
    return [...inARow(Object.entries({ conv1, norm1, conv2, norm2 }), input), ...inARow(shortcut, input)];
  }

  /** ReLU, sum and ReLU. */
  protected override ownCost(input: Shape): ForwardCost {
    return { multiplyAdds: 0, activations: 3 * sizeOf(this.outputShape(input)) };
  }
}

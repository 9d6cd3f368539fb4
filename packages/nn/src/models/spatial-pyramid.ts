import { type Shape, sizeOf } from "@tessera/tensor";
import { Composite, type Wiring } from "../composite.ts";
import type { RandomStreams } from "../initializers.ts";
import { Activation } from "../layers/activation.ts";
import { GlobalAveragePooling2D } from "../layers/global-average-pooling2d.ts";
import { Sequential } from "../layers/sequential.ts";
import type { ForwardCost, Module, Part } from "../module.ts";
import { normalized } from "./basic-block.ts";

/** Options of {@link SpatialPyramid}. */
interface SpatialPyramidOptions {
  readonly inputs: number;
  /** Of each branch, and of the result. */
  readonly filters: number;
  /** Dilations of the 3×3 branches, in pixels of the map. */
  readonly rates: readonly number[];
}

/** A convolution, batch normalisation and ReLU. */
export function convolutionBlock(options: Parameters<typeof normalized>[0], random: RandomStreams): Module[] {
  const { convolution, norm } = normalized(options, random);
  return [convolution, norm, new Activation("relu")];
}

/**
 * Atrous spatial pyramid pooling: [N, H, W, inputs] → [N, H, W, filters]. Side by side a 1×1 convolution, a 3×3
 * convolution of each dilation, and a 1×1 convolution of the image's means, which goes to every pixel; joined, and mixed
 * by a 1×1 convolution. All have batch normalisation and ReLU (Chen et al., "Rethinking Atrous Convolution", 2017).
 */
export class SpatialPyramid extends Composite {
  readonly kind = "SpatialPyramid";
  readonly branches: readonly Sequential[];
  readonly pooled: Sequential;
  readonly mixed: Sequential;

  constructor({ inputs, filters, rates }: SpatialPyramidOptions, random: RandomStreams) {
    super();
    const block = (from: number, kernelSize: number, dilation = 1) =>
      convolutionBlock({ inputs: from, filters, kernelSize, dilation }, random);
    this.branches = [block(inputs, 1), ...rates.map((rate) => block(inputs, 3, rate))].map(
      (layers) => new Sequential(layers),
    );
    this.pooled = new Sequential([new GlobalAveragePooling2D({ keepDims: true }), ...block(inputs, 1)]);
    this.mixed = new Sequential(block((rates.length + 2) * filters, 1));
  }

  wire<V>(x: V, { call, concat, resize }: Wiring<V>): V {
    const everywhere = resize(call(this.pooled, x), x, "nearest");
    const maps = this.branches.map((branch) => call(branch, x));
    return call(this.mixed, concat([...maps, everywhere]));
  }

  outputShape(input: Shape): Shape {
    return this.mixed.outputShape(this.#joined(input));
  }

  override parts(input: Shape): Part[] {
    const branches = this.branches.map((branch, i): Part => [`branches.${i}`, branch, input]);
    return [...branches, ["pooled", this.pooled, input], ["mixed", this.mixed, this.#joined(input)]];
  }

  /** The image's means at every pixel, and what all is joined in. */
  protected override ownCost(input: Shape): ForwardCost {
    const joined = sizeOf(this.#joined(input));
    return { multiplyAdds: 0, activations: joined + joined / (this.branches.length + 1) };
  }

  #joined(input: Shape): Shape {
    const map = this.branches[0]!.outputShape(input);
    return [...map.slice(0, -1), map.at(-1)! * (this.branches.length + 1)];
  }
}

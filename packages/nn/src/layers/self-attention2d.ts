import { reshape, type Shape, type Tensor } from "@tessera/tensor";
import type { RandomStreams } from "../initializers.ts";
import { Module, type Part } from "../module.ts";
import { checkChannels } from "./layer-shapes.ts";
import { MultiHeadAttention, type MultiHeadAttentionOptions } from "./multi-head-attention.ts";

/** Options of {@link SelfAttention2D}. */
export type SelfAttention2DOptions = Pick<MultiHeadAttentionOptions, "inputs" | "numHeads" | "keyDim" | "units">;

/**
 * Each pixel attends to all pixels of its image: [N, H, W, inputs] → [N, H, W, units], {@link MultiHeadAttention} over
 * the H · W pixels. It knows no positions: pixels that change places do so in the result.
 */
export class SelfAttention2D extends Module {
  readonly kind = "SelfAttention2D";
  readonly attention: MultiHeadAttention;

  constructor(options: SelfAttention2DOptions, random: RandomStreams) {
    super();
    this.attention = new MultiHeadAttention(options, random);
  }

  forward(x: Tensor): Tensor {
    return reshape(this.attention.forward(reshape(x, this.#sequence(x.shape))), this.outputShape(x.shape));
  }

  outputShape(input: Shape): Shape {
    checkChannels("SelfAttention2D", input, 4, this.attention.query.kernel.shape[0]!);
    return [...input.slice(0, 3), this.attention.output.kernel.shape[1]!];
  }

  override parts(input: Shape): Part[] {
    return [["attention", this.attention, this.#sequence(input)]];
  }

  /** [N, H, W, C] → [N, H · W, C] */
  #sequence(shape: Shape): Shape {
    const [n, height, width, channels] = shape as [number, number, number, number];
    return [n, height * width, channels];
  }
}

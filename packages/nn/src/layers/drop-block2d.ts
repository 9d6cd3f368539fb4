import {
  ArgumentError,
  DropBlockWords,
  defaultDevice,
  dropBlockFromStep,
  formatShape,
  type Shape,
  ShapeError,
  sizeOf,
  type Tensor,
} from "@tessera/tensor";
import type { RandomStreams } from "../initializers.ts";
import { type ForwardCost, Module } from "../module.ts";

/** Options of {@link DropBlock2D}. */
export interface DropBlock2DOptions {
  /** Share of the values that is kept, about: above 0, at most 1. */
  readonly keepProbability: number;
  /** Height and width of a block, in pixels. */
  readonly blockSize: number;
}

/**
 * Sets square blocks of pixels to 0 in training, other ones for each image and channel, and scales what is left by
 * size / Σ mask (Ghiasi, Lin and Le, "DropBlock", 2018); hands its input on in inference. A block of 1 is dropout. The
 * mask is a function of the model's seed, the layer's stream and the step's number, so a run that is resumed at a step
 * draws the same masks.
 */
export class DropBlock2D extends Module {
  readonly kind = "DropBlock2D";
  readonly blockSize: number;
  readonly #key: { readonly seed: number; readonly stream: number };
  readonly #words: DropBlockWords;
  #keepProbability: number;

  constructor({ keepProbability, blockSize }: DropBlock2DOptions, random: RandomStreams) {
    super();
    if (!Number.isInteger(blockSize) || blockSize < 1) {
      throw new ArgumentError(`DropBlock2D: blockSize must be a whole number of at least 1, got ${blockSize}`);
    }
    this.blockSize = blockSize;
    this.#key = random.next();
    this.#keepProbability = keepProbability;
    this.#words = new DropBlockWords(defaultDevice(), keepProbability);
  }

  /** Share that is kept. It may change between steps: the paper lets it fall from 1 linearly. At 1 nothing is launched. */
  get keepProbability(): number {
    return this.#keepProbability;
  }

  set keepProbability(value: number) {
    this.#words.setKeepProbability(value);
    this.#keepProbability = value;
  }

  forward(x: Tensor): Tensor {
    if (!this.training || this.#keepProbability === 1) return x;
    return dropBlockFromStep(x, { ...this.#key, blockSize: this.blockSize, words: this.#words });
  }

  outputShape(input: Shape): Shape {
    const [, height, width] = input;
    if (input.length !== 4 || Math.min(height!, width!) < this.blockSize) {
      const size = this.blockSize;
      throw new ShapeError(
        `DropBlock2D: expected an input of [N, H, W, C] with room for a block of ${size}, got ${formatShape(input)}`,
      );
    }
    return input;
  }

  protected override ownCost(input: Shape): ForwardCost {
    return { multiplyAdds: 0, activations: this.#keepProbability === 1 ? 0 : sizeOf(input) };
  }

  override dispose(): void {
    super.dispose();
    this.#words.dispose();
  }
}

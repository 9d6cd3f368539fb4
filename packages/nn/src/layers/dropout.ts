import {
  ArgumentError,
  DropoutWords,
  defaultDevice,
  dropoutFromStep,
  type Shape,
  sizeOf,
  type Tensor,
} from "@tessera/tensor";
import type { RandomStreams } from "../initializers.ts";
import { type ForwardCost, Module } from "../module.ts";

/**
 * Sets a share of the values to 0 in training and scales the others by 1 / (1 − rate) (Srivastava et al., 2014); hands
 * its input on in inference. The mask is a function of the model's seed, the layer's stream and the step's number, so
 * a run that is resumed at a step draws the same masks.
 */
export class Dropout extends Module {
  readonly kind = "Dropout";
  readonly #key: { readonly seed: number; readonly stream: number };
  readonly #words: DropoutWords;
  #rate: number;

  /** @param rate share that is dropped, at least 0 and below 1 */
  constructor(rate: number, random: RandomStreams) {
    super();
    this.#key = random.next();
    this.#rate = checkRate(rate);
    this.#words = new DropoutWords(defaultDevice(), rate);
  }

  /** Share that is dropped. It may change between steps: schedules set it. At 0 nothing is launched. */
  get rate(): number {
    return this.#rate;
  }

  set rate(rate: number) {
    this.#rate = checkRate(rate);
    this.#words.setRate(rate);
  }

  forward(x: Tensor): Tensor {
    if (!this.training || this.#rate === 0) return x;
    return dropoutFromStep(x, { ...this.#key, words: this.#words });
  }

  outputShape(input: Shape): Shape {
    return input;
  }

  protected override ownCost(input: Shape): ForwardCost {
    return { multiplyAdds: 0, activations: this.#rate === 0 ? 0 : sizeOf(input) };
  }

  override dispose(): void {
    super.dispose();
    this.#words.dispose();
  }
}

function checkRate(rate: number): number {
  if (!(rate >= 0 && rate < 1)) throw new ArgumentError(`Dropout: rate must be at least 0 and below 1, got ${rate}`);
  return rate;
}

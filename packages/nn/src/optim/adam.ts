import { AdamWords, adamUpdate, type Tensor } from "@tessera/tensor";
import { Optimizer } from "./optimizer.ts";

/** Options of {@link adam}. */
export interface AdamOptions {
  /** Size of a step. Default: 1e-3. */
  readonly learningRate?: number;
  /** Decay of the mean of gradients. Default: 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients. Default: 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment. Default: 1e-7, Keras's. */
  readonly epsilon?: number;
}

class Adam extends Optimizer {
  readonly #words: AdamWords;
  readonly #options: Required<Omit<AdamOptions, "learningRate">>;

  constructor(parameters: readonly Tensor[], options: Required<AdamOptions>) {
    super(parameters, options.learningRate, ["firstMoment", "secondMoment"]);
    this.#words = new AdamWords(this.device);
    this.#options = options;
  }

  protected override apply(): void {
    const { beta1, beta2, epsilon } = this.#options;
    this.#words.set(this.learningRate, { beta1, beta2 }, this.iterations);
    const [firstMoments, secondMoments] = [this.blocks("firstMoment"), this.blocks("secondMoment")];
    const gradients = this.blocks("gradients");
    this.blocks("parameters").forEach((parameters, i) => {
      const targets = { parameters, firstMoment: firstMoments[i]!, secondMoment: secondMoments[i]! };
      adamUpdate(targets, gradients[i]!, { beta1, beta2, epsilon, words: this.#words });
    });
  }

  override dispose(): void {
    super.dispose();
    this.#words.dispose();
  }
}

/**
 * Adam (Kingma and Ba, 2015, algorithm 1): p ← p − rate · m̂ / (√v̂ + ε), with bias-corrected moments.
 *
 * @param parameters what it changes: usually `model.parameters()`
 */
export function adam(parameters: readonly Tensor[], options: AdamOptions = {}): Optimizer {
  return new Adam(parameters, { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, ...options });
}

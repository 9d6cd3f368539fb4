import { SgdWords, sgdUpdate, type Tensor } from "@tessera/tensor";
import { Optimizer } from "./optimizer.ts";

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** Size of a step. Default: 0.01. */
  readonly learningRate?: number;
  /** Share of the velocity that a step keeps. Default: 0. */
  readonly momentum?: number;
  /** Whether to look ahead along the velocity; needs a momentum. Default: false. */
  readonly nesterov?: boolean;
}

class Sgd extends Optimizer {
  readonly #words: SgdWords;
  readonly #momentum: number;
  readonly #nesterov: boolean;

  constructor(parameters: readonly Tensor[], { learningRate, momentum, nesterov }: Required<SgdOptions>) {
    super(parameters, learningRate, momentum === 0 ? [] : ["velocity"]);
    this.#words = new SgdWords(this.device);
    this.#momentum = momentum;
    this.#nesterov = nesterov;
  }

  protected override apply(): void {
    this.#words.set(this.learningRate);
    const attributes = { momentum: this.#momentum, nesterov: this.#nesterov, words: this.#words };
    const gradients = this.blocks("gradients");
    const velocities = this.#momentum === 0 ? [] : this.blocks("velocity");
    this.blocks("parameters").forEach((parameters, i) => {
      const velocity = velocities[i];
      sgdUpdate(velocity ? { parameters, velocity } : { parameters }, gradients[i]!, attributes);
    });
  }

  override dispose(): void {
    super.dispose();
    this.#words.dispose();
  }
}

/**
 * Stochastic gradient descent as PyTorch defines it: v ← μ v + g, then p ← p − rate · v, or with Nesterov
 * p ← p − rate · (g + μ v).
 *
 * @param parameters what it changes: usually `model.parameters()`
 */
export function sgd(parameters: readonly Tensor[], options: SgdOptions = {}): Optimizer {
  return new Sgd(parameters, { learningRate: 0.01, momentum: 0, nesterov: false, ...options });
}

import { RmspropWords, rmspropUpdate } from "@tessera/tensor";
import { type ClipOptions, Optimizer } from "./optimizer.ts";
import { type ParameterGroup, type Parameters, withDefaults } from "./parameter-group.ts";

/** What each group of {@link rmsprop} may set. */
export interface RmspropSettings {
  /** Size of a step. Default: 0.01. */
  readonly learningRate: number;
  /** Share of the old mean of squared gradients that a step keeps; PyTorch's alpha. Default: 0.99. */
  readonly rho: number;
  /** Added to the root. Default: 1e-8. */
  readonly epsilon: number;
  /** Share of the velocity that a step keeps. Default: 0. */
  readonly momentum: number;
  /** Whether gradients are divided by their deviation from their mean, not from 0. Default: false. */
  readonly centered: boolean;
  /** λ, which joins the gradient: g ← gradient + λ p. Default: 0. */
  readonly weightDecay: number;
}

/** Options of {@link rmsprop}. */
export interface RmspropOptions extends Partial<RmspropSettings>, ClipOptions {}

const defaults: RmspropSettings = {
  learningRate: 0.01,
  rho: 0.99,
  epsilon: 1e-8,
  momentum: 0,
  centered: false,
  weightDecay: 0,
};

class Rmsprop extends Optimizer<RmspropSettings, RmspropWords> {
  constructor(parameters: Parameters<RmspropSettings>, settings: RmspropSettings, clip: ClipOptions) {
    super(parameters, settings, clip, {
      slots: (groups) => [
        "meanSquare",
        ...(groups.some((group) => group.settings.centered) ? ["meanGradient"] : []),
        ...(groups.some((group) => group.settings.momentum !== 0) ? ["velocity"] : []),
      ],
      words: (device) => new RmspropWords(device),
    });
  }

  protected override apply(group: ParameterGroup<RmspropSettings>, index: number): void {
    const { rho, epsilon, momentum, centered } = group.settings;
    const words = this.words[index]!;
    words.set(this.rateOf(group), group.weightDecay);
    const [meanSquares, gradients] = [this.ranges("meanSquare", index), this.ranges("gradients", index)];
    const meanGradients = centered ? this.ranges("meanGradient", index) : [];
    const velocities = momentum === 0 ? [] : this.ranges("velocity", index);
    this.ranges("parameters", index).forEach((parameters, i) => {
      const [meanGradient, velocity] = [meanGradients[i], velocities[i]];
      const means = { meanSquare: meanSquares[i]!, ...(meanGradient && { meanGradient }) };
      const targets = { parameters, ...means, ...(velocity && { velocity }) };
      rmspropUpdate(targets, gradients[i]!, { rho, epsilon, momentum, centered, words });
    });
  }
}

/**
 * RMSprop in PyTorch's form, with PyTorch's defaults (Tieleman and Hinton, "Lecture 6.5: rmsprop", 2012):
 * s ← ρ s + (1 − ρ) g², p ← p − rate · g / (√s + ε), with the means of gradients taken off s if `centered`; with a
 * momentum, v ← μ v + g / (√s + ε) and p ← p − rate · v. Keras's form has ε inside of the root and the rate inside of v.
 *
 * @param parameters what it changes: usually `model.parameters()`, or `decayGroups(model, λ)`
 */
export function rmsprop(parameters: Parameters<RmspropSettings>, options: RmspropOptions = {}): Optimizer {
  return new Rmsprop(parameters, withDefaults(defaults, options), options);
}

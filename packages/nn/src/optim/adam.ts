import { AdamWords, adamUpdate } from "@tessera/tensor";
import { type ClipOptions, Optimizer } from "./optimizer.ts";
import { type ParameterGroup, type Parameters, withDefaults } from "./parameter-group.ts";

/** What each group of {@link adam} may set. */
export interface AdamSettings {
  /** Size of a step. Default: 1e-3. */
  readonly learningRate: number;
  /** Decay of the mean of gradients. Default: 0.9. */
  readonly beta1: number;
  /** Decay of the mean of squared gradients. Default: 0.999. */
  readonly beta2: number;
  /** Added to the root of the second moment. Default: 1e-7, Keras's. */
  readonly epsilon: number;
}

/** Options of {@link adam}. */
export interface AdamOptions extends Partial<AdamSettings>, ClipOptions {}

/** What each group of {@link adamw} may set. */
export interface AdamwSettings extends AdamSettings {
  /** λ: share of a parameter that a step of rate 1 would take away. Default: 0.01, PyTorch's. */
  readonly weightDecay: number;
}

/** Options of {@link adamw}. */
export interface AdamwOptions extends Partial<AdamwSettings>, ClipOptions {}

const defaults: AdamSettings = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

class Adam<Settings extends AdamSettings> extends Optimizer<Settings, AdamWords> {
  constructor(parameters: Parameters<Settings>, settings: Settings, clip: ClipOptions) {
    super(parameters, settings, clip, {
      slots: () => ["firstMoment", "secondMoment"],
      words: (device) => new AdamWords(device),
    });
  }

  protected override apply(group: ParameterGroup<Settings>, index: number): void {
    const { beta1, beta2, epsilon } = group.settings;
    const words = this.words[index]!;
    words.set(this.rateOf(group), { beta1, beta2 }, this.iterations, group.weightDecay);
    const [firstMoments, secondMoments] = [this.ranges("firstMoment", index), this.ranges("secondMoment", index)];
    const gradients = this.ranges("gradients", index);
    this.ranges("parameters", index).forEach((parameters, i) => {
      const targets = { parameters, firstMoment: firstMoments[i]!, secondMoment: secondMoments[i]! };
      adamUpdate(targets, gradients[i]!, { beta1, beta2, epsilon, words });
    });
  }
}

/**
 * Adam (Kingma and Ba, 2015, algorithm 1): p ← p − rate · m̂ / (√v̂ + ε), with bias-corrected moments.
 *
 * @param parameters what it changes: usually `model.parameters()`, or groups with settings of their own
 */
export function adam(parameters: Parameters<AdamSettings>, options: AdamOptions = {}): Optimizer {
  return new Adam(parameters, withDefaults(defaults, options), options);
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019), in PyTorch's
 * form: p ← p (1 − rate · λ), then Adam's step. {@link decayGroups} keeps biases and normalisations out of it.
 *
 * @param parameters what it changes: usually `decayGroups(model, λ)` or `model.parameters()`
 */
export function adamw(parameters: Parameters<AdamwSettings>, options: AdamwOptions = {}): Optimizer {
  return new Adam(parameters, withDefaults({ ...defaults, weightDecay: 0.01 }, options), options);
}

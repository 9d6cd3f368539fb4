import { ArgumentError, SgdWords, sgdUpdate } from "@tessera/tensor";
import { type ClipOptions, Optimizer } from "./optimizer.ts";
import { type ParameterGroup, type Parameters, withDefaults } from "./parameter-group.ts";

/** What each group of {@link sgd} may set. */
export interface SgdSettings {
  /** Size of a step. Default: 0.01. */
  readonly learningRate: number;
  /** Share of the velocity that a step keeps. Default: 0. */
  readonly momentum: number;
  /** Whether to look ahead along the velocity; needs a momentum. Default: false. */
  readonly nesterov: boolean;
  /** λ. Default: 0. */
  readonly weightDecay: number;
  /** Whether λ shrinks the parameters themselves instead of joining their gradients. Default: false. */
  readonly decoupledDecay: boolean;
}

/** Options of {@link sgd}. */
export interface SgdOptions extends Partial<SgdSettings>, ClipOptions {}

const defaults: SgdSettings = {
  learningRate: 0.01,
  momentum: 0,
  nesterov: false,
  weightDecay: 0,
  decoupledDecay: false,
};

class Sgd extends Optimizer<SgdSettings, SgdWords> {
  constructor(parameters: Parameters<SgdSettings>, settings: SgdSettings, clip: ClipOptions) {
    super(parameters, settings, clip, {
      slots: (groups) => (groups.some((group) => checkMomentum(group.settings) !== 0) ? ["velocity"] : []),
      words: (device) => new SgdWords(device),
    });
  }

  protected override apply(group: ParameterGroup<SgdSettings>, index: number): void {
    const { momentum, nesterov, decoupledDecay } = group.settings;
    const { weightDecay } = group;
    const words = this.words[index]!;
    words.set({ learningRate: this.rateOf(group), weightDecay, decoupled: decoupledDecay });
    const gradients = this.ranges("gradients", index);
    const velocities = momentum === 0 ? [] : this.ranges("velocity", index);
    this.ranges("parameters", index).forEach((parameters, i) => {
      const velocity = velocities[i];
      sgdUpdate(velocity ? { parameters, velocity } : { parameters }, gradients[i]!, { momentum, nesterov, words });
    });
  }
}

function checkMomentum({ momentum, nesterov }: SgdSettings): number {
  if (!(momentum >= 0)) throw new ArgumentError(`sgd: momentum must be at least 0, got ${momentum}`);
  if (nesterov && momentum === 0) throw new ArgumentError("sgd: nesterov needs a momentum greater than 0");
  return momentum;
}

/**
 * Stochastic gradient descent as PyTorch defines it: g ← gradient + λ p, v ← μ v + g, then p ← p − rate · v, or with
 * Nesterov p ← p − rate · (g + μ v). With `decoupledDecay`, λ stays out of g and the velocity: p ← p (1 − rate · λ) first
 * (SGDW of Loshchilov and Hutter, "Decoupled weight decay regularization", 2019).
 *
 * @param parameters what it changes: usually `model.parameters()`, or `decayGroups(model, λ)`
 */
export function sgd(parameters: Parameters<SgdSettings>, options: SgdOptions = {}): Optimizer {
  return new Sgd(parameters, withDefaults(defaults, options), options);
}

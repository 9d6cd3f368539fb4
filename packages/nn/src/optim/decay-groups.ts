import type { Tensor } from "@tessera/tensor";
import type { Module } from "../module.ts";
import { checkFactor } from "./parameter-group.ts";

/** Names under which layers keep what weight decay should leave alone, whatever its rank. */
const undecayed = new Set(["gamma", "beta", "bias"]);

/**
 * A model's parameters in two groups, for an optimizer: kernels with a weight decay, and without one biases, and the
 * gamma and beta of normalisations, which decay would only hold back from the scale that the data asks for (Goyal et al.,
 * "Accurate, large minibatch SGD", 2017, section 5.3): what a module calls `bias`, `gamma` or `beta`, as layer
 * normalisation does over several axes too, and whatever has a single axis. A group that would be empty is left out.
 *
 * @param weightDecay λ of the kernels
 * @throws ArgumentError if the weight decay is negative or not finite
 */
export function decayGroups(
  model: Module,
  weightDecay: number,
): { readonly parameters: readonly Tensor[]; readonly weightDecay: number }[] {
  checkFactor("weight decay", weightDecay);
  const named = model.namedParameters();
  const decays = ([name, { rank }]: [string, Tensor]) => rank > 1 && !undecayed.has(name.split(".").at(-1)!);
  const parametersOf = (entries: [string, Tensor][]) => entries.map(([, parameter]) => parameter);
  return [
    { parameters: parametersOf(named.filter(decays)), weightDecay },
    { parameters: parametersOf(named.filter((entry) => !decays(entry))), weightDecay: 0 },
  ].filter((group) => group.parameters.length > 0);
}

import type { Tensor } from "@tessera/tensor";
import type { Module } from "../module.ts";
import { checkFactor } from "./parameter-group.ts";

/**
 * A model's parameters in two groups, for an optimizer: kernels with a weight decay, and without one what has a single
 * axis: biases, and the gamma and beta of normalisations, which decay would only hold back from the scale that the data
 * asks for (Goyal et al., "Accurate, large minibatch SGD", 2017, section 5.3). A group that would be empty is left out.
 *
 * @param weightDecay λ of the kernels
 */
export function decayGroups(
  model: Module,
  weightDecay: number,
): { readonly parameters: readonly Tensor[]; readonly weightDecay: number }[] {
  checkFactor("weight decay", weightDecay);
  const parameters = model.parameters();
  return [
    { parameters: parameters.filter(({ rank }) => rank > 1), weightDecay },
    { parameters: parameters.filter(({ rank }) => rank <= 1), weightDecay: 0 },
  ].filter((group) => group.parameters.length > 0);
}

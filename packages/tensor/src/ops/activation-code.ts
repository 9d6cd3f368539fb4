/** @file How kernels number activations, on both devices. */
import type { Activation } from "./activation.ts";

/** The kernels' `activation` argument. */
export const activationCode = { none: 0, relu: 1, elu: 2 } as const satisfies Record<Activation, number>;

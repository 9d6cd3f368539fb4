/** @file Cases of the activations that are not among the first unary ops. */
import type { OpCase } from "../../testing/case.ts";
import { defaultTolerance, type Tolerance, transcendental } from "../../testing/tolerance.ts";
import { gelu } from "../gelu/gelu.ts";
import { leakyRelu } from "../leaky-relu/leaky-relu.ts";
import { sigmoid } from "../sigmoid/sigmoid.ts";
import { silu } from "../silu/silu.ts";
import { softplus } from "../softplus/softplus.ts";
import { tanh } from "../tanh/tanh.ts";
import { activationFunctions, leakyReluFunction } from "./activations.reference.ts";
import { unaryCase } from "./elementwise.cases.ts";

const near = { low: -3, high: 3, tolerance: transcendental };

/** Far out, where a formula that overflows or cancels is off by more than its exponential. */
const tail: Tolerance = {
  forward: 2.1e-5,
  gradient: 2e-6,
  perElement: true,
  reason: "WGSL grants exp 3 + 2|x| units in the last place, 163 · 2^-23 at |x| = 80; the rest is below 1e-6",
};
const far = { low: -80, high: 80, tolerance: tail };

const normal: Tolerance = {
  forward: 3e-6,
  gradient: 3e-6,
  perElement: true,
  reason:
    "at x = -3, exp of -4.5: 12 · 2^-23 that WGSL grants, 2 · 4.5 · 2^-24 from its argument's roundings, 2e-7 from the polynomial, 2.5 units in the last place from the division, and products",
};

export const activationCases: readonly OpCase[] = [
  unaryCase("sigmoid", sigmoid, activationFunctions.sigmoid, [3, 7, 5], near),
  unaryCase("sigmoid", sigmoid, activationFunctions.sigmoid, [], near),
  unaryCase("sigmoid far out", sigmoid, activationFunctions.sigmoid, [131], far),
  unaryCase("tanh", tanh, activationFunctions.tanh, [3, 7, 5, 11], near),
  unaryCase("tanh near 0", tanh, activationFunctions.tanh, [37], { low: -0.02, high: 0.02, tolerance: transcendental }),
  unaryCase("tanh far out", tanh, activationFunctions.tanh, [2, 65], far),
  unaryCase("softplus", softplus, activationFunctions.softplus, [3, 7, 5], near),
  unaryCase("softplus", softplus, activationFunctions.softplus, [1], near),
  unaryCase("softplus far out", softplus, activationFunctions.softplus, [131], far),
  unaryCase("silu", silu, activationFunctions.silu, [2, 3, 2, 3, 3], near),
  unaryCase("silu", silu, activationFunctions.silu, [9001], near),
  unaryCase("silu far out", silu, activationFunctions.silu, [131], far),
  unaryCase("gelu", gelu, activationFunctions.gelu, [3, 7, 5], { low: -3, high: 3, tolerance: normal }),
  unaryCase("gelu", gelu, activationFunctions.gelu, [1030], { low: -3, high: 3, tolerance: normal }),
  unaryCase("gelu far out", gelu, activationFunctions.gelu, [7, 19], {
    ...{ low: -12, high: 12, tolerance: defaultTolerance },
  }),
  unaryCase("leakyRelu", leakyRelu, leakyReluFunction(), [3, 7, 5], { awayFrom: 0 }),
  unaryCase("leakyRelu alpha 0.01", (x) => leakyRelu(x, { alpha: 0.01 }), leakyReluFunction(0.01), [1030], {
    awayFrom: 0,
  }),
  unaryCase("leakyRelu alpha 0", (x) => leakyRelu(x, { alpha: 0 }), leakyReluFunction(0), [13], { awayFrom: 0 }),
];

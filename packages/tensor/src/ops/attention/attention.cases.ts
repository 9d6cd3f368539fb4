/** @file Cases of scaled dot-product attention. */
import { formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import type { Tolerance } from "../../testing/tolerance.ts";
import {
  type AttentionReferenceOptions,
  attentionGradientReference,
  attentionReference,
} from "./attention.reference.ts";
import { scaledDotProductAttention } from "./attention.ts";

const tolerance: Tolerance = {
  forward: 4e-6,
  gradient: 8e-6,
  reason: "two products of some ten terms and a softmax between them; in gradients four, with a difference",
};

export const attentionCases: readonly OpCase[] = [
  attentionCase([2, 3, 5, 4], [2, 3, 7, 4], [2, 3, 7, 6], {}),
  attentionCase([5, 3], [7, 3], [7, 2], { scale: 1 }),
  attentionCase([2, 2, 5, 8], [2, 2, 5, 8], [2, 2, 5, 8], { causal: true }),
  attentionCase([2, 4, 5, 3], [2, 1, 6, 3], [2, 1, 6, 4], { mask: [6] }),
  attentionCase([3, 9, 4], [3, 40, 4], [3, 40, 4], { mask: [3, 1, 40], causal: true }),
];

interface Details extends AttentionReferenceOptions {
  readonly mask?: Shape;
}

function attentionCase(query: Shape, key: Shape, value: Shape, { mask, ...options }: Details): OpCase {
  const notes = [options.causal && "causal", options.scale && `scale ${options.scale}`, mask && "mask"];
  const shapes = [query, key, value, ...(mask ? [mask] : [])];
  return {
    name: ["scaledDotProductAttention", ...shapes.map(formatShape), ...notes].filter(Boolean).join(" "),
    inputs: shapes.map((shape) => ({ shape })),
    run: (q, k, v, m) => scaledDotProductAttention(q!, k!, v!, { ...options, ...(m && { mask: m }) }),
    reference: (q, k, v, m) => attentionReference({ query: q!, key: k!, value: v!, mask: m }, options),
    referenceGradient: ([dy], q, k, v, m) =>
      attentionGradientReference(dy, { query: q!, key: k!, value: v!, mask: m }, options),
    tolerance,
  };
}

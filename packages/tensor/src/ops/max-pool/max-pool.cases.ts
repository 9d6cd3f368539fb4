/** @file Cases of max-pool. */
import { formatShape, type Shape } from "../../shape.ts";
import type { InputSpec, OpCase } from "../../testing/case.ts";
import type { Tolerance } from "../../testing/tolerance.ts";
import { type MaxPoolReferenceOptions, maxPoolGradientReference, maxPoolReference } from "./max-pool.reference.ts";
import { maxPool } from "./max-pool.ts";

const overlapping: Tolerance = {
  forward: 0,
  gradient: 4e-7,
  reason: "values are chosen; where windows overlap, a few gradients are added",
};

export const maxPoolCases: readonly OpCase[] = [
  maxPoolCase([3, 8, 6, 5], { window: 2 }),
  maxPoolCase([3, 7, 5, 11], { window: 2 }),
  maxPoolCase([3, 7, 5, 11], { window: 2, padding: "same" }),
  maxPoolCase([2, 7, 9, 4], { window: 3, stride: 2 }),
  maxPoolCase([3, 23, 21, 19], { window: 2 }),
  maxPoolCase([2, 8, 9, 3], { window: 3, stride: 2, padding: "same" }),
  maxPoolCase([2, 6, 7, 3], { window: [2, 3], stride: [3, 1] }),
  maxPoolCase([2, 5, 6, 3], { window: 3, stride: 1, padding: "same" }),
  maxPoolCase([2, 1, 1, 7], { window: 2, padding: "same" }),
  maxPoolCase([1, 4, 4, 1], { window: 4 }),
  maxPoolCase([2, 5, 7, 3], { window: 2, stride: 3 }),
  maxPoolCase([2, 4, 6, 8], { window: 2 }, { low: -5, high: -1, distinct: true }),
  {
    ...maxPoolCase([2, 7, 6, 5], { window: 3, stride: 2, padding: "same" }, { multipleOf: 1 }, "with ties, "),
    notSmooth: "several elements are greatest",
  },
];

function maxPoolCase(
  shape: Shape,
  options: MaxPoolReferenceOptions,
  range: Omit<InputSpec, "shape"> = { distinct: true },
  note = "",
): OpCase {
  const { window, stride, padding = "valid" } = options;
  const places = `window ${window}${stride ? ` stride ${stride}` : ""} ${padding}`;
  return {
    name: `maxPool ${note}${formatShape(shape)} ${places}${range.high === -1 ? " below zero" : ""}`,
    inputs: [{ shape, ...range }],
    run: (x) => maxPool(x, options),
    reference: (x) => maxPoolReference(x, options),
    referenceGradient: ([dy], x) => [maxPoolGradientReference(dy, x, options)],
    tolerance: overlapping,
  };
}

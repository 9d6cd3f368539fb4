/** @file Cases of argmax. */
import { formatShape, type Shape } from "../../shape.ts";
import type { InputSpec, OpCase } from "../../testing/case.ts";
import { exact } from "../../testing/tolerance.ts";
import { argmaxReference } from "./argmax.reference.ts";
import { argmax } from "./argmax.ts";

const ties = { low: -2, high: 2, multipleOf: 1 };

export const argmaxCases: readonly OpCase[] = [
  argmaxCase([7, 100]),
  argmaxCase([13]),
  argmaxCase([3, 7, 5], 1),
  argmaxCase([3, 7, 5], 0, ties),
  argmaxCase([33, 9], -1, ties),
  argmaxCase([3, 1031]),
  argmaxCase([4, 1]),
];

function argmaxCase(shape: Shape, axis?: number, range: Omit<InputSpec, "shape"> = {}): OpCase {
  return {
    name: `argmax ${formatShape(shape)}${axis === undefined ? "" : ` along ${axis}`}${range.multipleOf ? " with ties" : ""}`,
    inputs: [{ shape, gradient: false, ...range }],
    run: (x) => argmax(x, axis === undefined ? {} : { axis }),
    reference: (x) => argmaxReference(x, axis),
    tolerance: exact,
  };
}

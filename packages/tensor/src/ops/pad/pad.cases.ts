/** @file Cases of pad. */
import { type DType, formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { exact } from "../../testing/tolerance.ts";
import { padGradientReference, padReference } from "./pad.reference.ts";
import { type PadAttributes, pad } from "./pad.ts";

type Padding = PadAttributes["padding"];

const none = [0, 0] as const;

export const padCases: readonly OpCase[] = [
  padCase([7], [[3, 2]]),
  padCase([37], [[0, 41]], { value: -1.5 }),
  padCase(
    [5, 7],
    [
      [1, 0],
      [2, 3],
    ],
    { value: 0.25 },
  ),
  padCase([2, 7, 5, 3], [none, [2, 2], [1, 3], none]),
  padCase([3, 5, 6, 4], [[1, 1], none, [0, 2], none], { value: 2 }),
  padCase(
    [2, 3, 2, 3, 2, 3],
    [
      [1, 0],
      [0, 1],
      [2, 1],
      [0, 0],
      [1, 1],
      [0, 2],
    ],
  ),
  padCase(
    [2, 3, 2, 3, 2, 3],
    [
      [0, 0],
      [1, 0],
      [0, 1],
      [3, 0],
      [0, 1],
      [1, 0],
    ],
    { value: -3 },
  ),
  padCase([3, 4], [none, none]),
  padCase([], [], { value: 5 }),
  padCase(
    [1, 1],
    [
      [20, 30],
      [40, 17],
    ],
    { value: 1 },
  ),
  padCase([3, 5, 7], [[1, 2], none, [3, 1]], { value: -2147483648, dtype: "int32" }),
];

function padCase(
  shape: Shape,
  padding: Padding,
  { value, dtype = "float32" }: { value?: number; dtype?: DType } = {},
): OpCase {
  const amounts = padding.map(([before, after]) => `${before}+${after}`).join(" ");
  return {
    name: `pad ${dtype === "int32" ? "int32 " : ""}${formatShape(shape)} by ${amounts || "nothing"} with ${value ?? "0"}`,
    inputs: [dtype === "int32" ? { shape, dtype, low: -1000, high: 1000 } : { shape }],
    run: (x) => (value === undefined ? pad(x!, padding) : pad(x!, padding, { value })),
    reference: (x) => padReference(x!, padding, value),
    referenceGradient: ([dy], x) => [padGradientReference(dy, x!, padding)],
    tolerance: exact,
  };
}

/** @file Cases of matmul. */
import type { OpCase } from "../../testing/case.ts";
import { summation } from "../../testing/tolerance.ts";
import { type MatmulReferenceOptions, matmulGradientReference, matmulReference } from "./matmul.reference.ts";
import { matmul } from "./matmul.ts";

export const matmulCases: readonly OpCase[] = [
  matmulCase(3, 5, 7),
  matmulCase(1, 1, 1),
  matmulCase(1, 19, 1),
  matmulCase(5, 1, 9),
  matmulCase(37, 129, 11),
  matmulCase(65, 33, 70),
  matmulCase(2, 300, 3),
  matmulCase(9, 6, 5, { transposeA: true }),
  matmulCase(9, 6, 5, { transposeB: true }),
  matmulCase(37, 66, 13, { transposeA: true, transposeB: true }),
  matmulCase(3, 17, 100, { bias: true }),
  matmulCase(13, 21, 34, { bias: true, activation: "relu" }),
  matmulCase(7, 10, 18, { bias: true, activation: "elu", transposeB: true }),
  matmulCase(7, 10, 5, { activation: "relu", transposeA: true }),
];

function matmulCase(
  m: number,
  k: number,
  n: number,
  { bias: hasBias = false, ...options }: MatmulReferenceOptions & { readonly bias?: boolean } = {},
): OpCase {
  const { transposeA = false, transposeB = false, activation } = options;
  const notes = [transposeA && "a transposed", transposeB && "b transposed", hasBias && "bias", activation];
  return {
    name: ["matmul", `${m}×${k}×${n}`, ...notes].filter(Boolean).join(" "),
    inputs: [
      { shape: transposeA ? [k, m] : [m, k] },
      { shape: transposeB ? [n, k] : [k, n] },
      ...(hasBias ? [{ shape: [n] }] : []),
    ],
    run: (a, b, bias) => matmul(a, b, bias ? { ...options, bias } : options),
    reference: (a, b, bias) => matmulReference(a, b, bias, options),
    referenceGradient: ([dy], a, b, bias) => matmulGradientReference(dy, a, b, bias, options),
    tolerance: summation(Math.max(m, k, n)),
  };
}

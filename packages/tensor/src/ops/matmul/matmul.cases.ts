/** @file Cases of matmul. */
import { formatShape, type Shape, sizeOf } from "../../shape.ts";
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
  // Whole vectors in every operand, past one tile of each size; then in one product alone.
  matmulCase(37, 20, 44, { bias: true, activation: "relu" }),
  matmulCase(20, 12, 36, { transposeA: true }),
  matmulCase(18, 24, 35, { transposeB: true, bias: true }),
  // Each with a matrix of its own; then one operand stretched, a single matrix, and both stretched.
  matmulCase(3, 5, 7, {}, [2], [2]),
  matmulCase(4, 8, 12, {}, [2, 3], [2, 3]),
  matmulCase(8, 4, 8, { transposeA: true }, [3], [3]),
  matmulCase(5, 12, 9, { transposeB: true }, [2, 2], [2, 2]),
  matmulCase(5, 6, 3, { transposeA: true, transposeB: true }, [3], [3]),
  matmulCase(5, 3, 6, {}, [2, 3], [3]),
  matmulCase(5, 3, 6, { transposeB: true }, [3], [2, 1]),
  matmulCase(3, 4, 4, {}, [2, 3], []),
  matmulCase(4, 4, 8, { transposeA: true }, [2, 3], []),
  matmulCase(3, 7, 2, { transposeB: true }, [], [5]),
  matmulCase(2, 3, 2, {}, [2, 1, 2, 2], [2, 3, 1, 2]),
  matmulCase(13, 7, 10, { bias: true, activation: "elu" }, [3], [3]),
  matmulCase(7, 10, 9, { bias: true, activation: "relu" }, [2, 2], []),
  matmulCase(1, 1, 1, {}, [33], [33]),
];

function matmulCase(
  m: number,
  k: number,
  n: number,
  { bias: hasBias = false, ...options }: MatmulReferenceOptions & { readonly bias?: boolean } = {},
  batchA: Shape = [],
  batchB: Shape = [],
): OpCase {
  const { transposeA = false, transposeB = false, activation } = options;
  const batches = batchA.length + batchB.length > 0 && `batches ${formatShape(batchA)} ${formatShape(batchB)}`;
  const notes = [batches, transposeA && "a transposed", transposeB && "b transposed", hasBias && "bias", activation];
  return {
    name: ["matmul", `${m}×${k}×${n}`, ...notes].filter(Boolean).join(" "),
    inputs: [
      { shape: [...batchA, ...(transposeA ? [k, m] : [m, k])] },
      { shape: [...batchB, ...(transposeB ? [n, k] : [k, n])] },
      ...(hasBias ? [{ shape: [n] }] : []),
    ],
    run: (a, b, bias) => matmul(a, b, bias ? { ...options, bias } : options),
    reference: (a, b, bias) => matmulReference(a, b, bias, options),
    referenceGradient: ([dy], a, b, bias) => matmulGradientReference(dy, a, b, bias, options),
    tolerance: summation(Math.max(m, k, n) * Math.max(sizeOf(batchA), sizeOf(batchB))),
  };
}

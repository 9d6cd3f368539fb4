/** @file Cases of slice. */
import { type DType, formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { exact } from "../../testing/tolerance.ts";
import { sliceGradientReference, sliceReference } from "./slice.reference.ts";
import { slice } from "./slice.ts";

export const sliceCases: readonly OpCase[] = [
  sliceCase([9], [2], [5]),
  sliceCase([67], [30], [37]),
  sliceCase([5, 7], [1, 2], [3, 4]),
  sliceCase([5, 7], [2, 0], [3, 7]),
  sliceCase([2, 7, 6, 3], [0, 1, 2, 0], [2, 5, 3, 3]),
  sliceCase([3, 5, 6, 4], [1, 0, 3, 0], [2, 5, 3, 4]),
  sliceCase([3, 4, 3, 4, 3, 4], [1, 0, 1, 2, 0, 1], [2, 3, 1, 2, 3, 2]),
  sliceCase([4, 3], [0, 0], [4, 3]),
  sliceCase([], [], []),
  sliceCase([3, 5, 7], [1, 2, 0], [2, 2, 6], "int32"),
];

function sliceCase(shape: Shape, begin: readonly number[], size: Shape, dtype: DType = "float32"): OpCase {
  const box = `${formatShape(size)} at ${formatShape(begin)}`;
  return {
    name: `slice ${dtype === "int32" ? "int32 " : ""}${formatShape(shape)} to ${box}`,
    inputs: [dtype === "int32" ? { shape, dtype, low: -1000, high: 1000 } : { shape }],
    run: (x) => slice(x!, { begin, size }),
    reference: (x) => sliceReference(x!, begin, size),
    referenceGradient: ([dy], x) => [sliceGradientReference(dy, x!, begin)],
    tolerance: exact,
  };
}

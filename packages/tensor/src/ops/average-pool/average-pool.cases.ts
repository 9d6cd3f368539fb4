/** @file Cases of averagePool, and of globalAveragePool, which is one window as large as the image. */
import { formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { summation } from "../../testing/tolerance.ts";
import { globalAveragePool } from "../global-average-pool/global-average-pool.ts";
import {
  type AveragePoolReferenceOptions,
  averagePoolGradientReference,
  averagePoolReference,
} from "./average-pool.reference.ts";
import { averagePool } from "./average-pool.ts";

export const averagePoolCases: readonly OpCase[] = [
  averagePoolCase([3, 8, 6, 5], { window: 2 }),
  averagePoolCase([3, 7, 5, 11], { window: 2 }),
  averagePoolCase([3, 7, 5, 11], { window: 2, padding: "same" }),
  averagePoolCase([2, 7, 9, 4], { window: 3, stride: 2 }),
  averagePoolCase([2, 8, 9, 3], { window: 3, stride: 2, padding: "same" }),
  averagePoolCase([2, 6, 7, 3], { window: [2, 3], stride: [3, 1] }),
  averagePoolCase([2, 5, 6, 17], { window: 3, stride: 1, padding: "same" }),
  averagePoolCase([2, 1, 1, 7], { window: 2, padding: "same" }),
  averagePoolCase([1, 4, 4, 1], { window: 4 }),
  averagePoolCase([2, 5, 7, 3], { window: 2, stride: 3 }),
  globalAveragePoolCase([3, 7, 5, 11]),
  globalAveragePoolCase([2, 1, 1, 3]),
  globalAveragePoolCase([1, 9, 4, 1]),
];

/**
 * A window's sum, and then the division, of which WGSL grants 2.5 units in the last place, 5 roundings: no more than
 * {@link summation} has beyond the √n roundings of n additions.
 */
function averagePoolCase(shape: Shape, options: AveragePoolReferenceOptions): OpCase {
  const { window, stride, padding = "valid" } = options;
  const [windowHeight, windowWidth] = typeof window === "number" ? [window, window] : window;
  return {
    name: `averagePool ${formatShape(shape)} window ${window}${stride ? ` stride ${stride}` : ""} ${padding}`,
    inputs: [{ shape }],
    run: (x) => averagePool(x, options),
    reference: (x) => averagePoolReference(x, options),
    referenceGradient: ([dy], x) => [averagePoolGradientReference(dy, x, options)],
    tolerance: summation(windowHeight * windowWidth),
  };
}

function globalAveragePoolCase(shape: Shape): OpCase {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const window = [height, width] as const;
  return {
    name: `globalAveragePool ${formatShape(shape)}`,
    inputs: [{ shape }],
    run: (x) => globalAveragePool(x),
    reference: (x) => ({ shape: [batch, channels], data: averagePoolReference(x, { window }).data }),
    referenceGradient: ([dy], x) => [averagePoolGradientReference(dy, x, { window })],
    tolerance: summation(height * width),
  };
}

/** @file Cases of upsample2d. */
import { formatShape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { summation } from "../../testing/tolerance.ts";
import type { UpsampleOptions } from "./geometry.ts";
import { upsample2dGradientReference, upsample2dReference } from "./upsample2d.reference.ts";
import { upsample2d } from "./upsample2d.ts";

type Image = readonly [batch: number, height: number, width: number, channels: number];

export const upsample2dCases: readonly OpCase[] = [
  upsampleCase([2, 3, 4, 5], { scale: 2 }),
  upsampleCase([2, 3, 2, 8], { scale: [3, 1] }),
  upsampleCase([1, 3, 5, 19], { size: [7, 8] }),
  upsampleCase([2, 7, 5, 4], { size: [3, 2] }),
  upsampleCase([1, 5, 7, 1], { size: [5, 1] }),
  upsampleCase([2, 3, 4, 5], { scale: 2, interpolation: "bilinear" }),
  upsampleCase([2, 3, 2, 8], { scale: [1, 3], interpolation: "bilinear" }),
  upsampleCase([1, 3, 5, 19], { size: [7, 8], interpolation: "bilinear" }),
  upsampleCase([2, 9, 7, 4], { size: [3, 2], interpolation: "bilinear" }),
  upsampleCase([1, 4, 6, 3], { size: [3, 5], interpolation: "bilinear" }),
  upsampleCase([1, 1, 5, 2], { size: [4, 1], interpolation: "bilinear" }),
  upsampleCase([2, 3, 4, 5], { scale: 2, interpolation: "bilinear", alignCorners: true }),
  upsampleCase([1, 5, 3, 12], { size: [8, 9], interpolation: "bilinear", alignCorners: true }),
  upsampleCase([1, 9, 7, 4], { size: [4, 1], interpolation: "bilinear", alignCorners: true }),
  upsampleCase([2, 1, 3, 3], { size: [4, 3], interpolation: "bilinear", alignCorners: true }),
  upsampleCase([1, 2, 1, 1], { size: [1, 5], interpolation: "bilinear", alignCorners: true }),
];

function upsampleCase(image: Image, options: UpsampleOptions): OpCase {
  const [, height, width] = image;
  const { scale = 1, size, interpolation = "nearest", alignCorners = false } = options;
  const [scaleY, scaleX] = typeof scale === "number" ? [scale, scale] : scale;
  const target = size ?? ([height * scaleY, width * scaleX] as const);
  const oracle = { size: target, interpolation, alignCorners };
  // A pixel's gradient sums over the outputs from the pixel before it to the one after, at most.
  const outputs = Math.ceil((2 * target[0]) / height + 1) * Math.ceil((2 * target[1]) / width + 1);
  const { gradient, reason } = summation(outputs);
  const forward = interpolation === "nearest" ? 0 : summation(4).forward;
  return {
    name: `upsample2d ${formatShape(image)} to ${formatShape(target)} ${interpolation}${alignCorners ? " corners aligned" : ""}`,
    inputs: [{ shape: image }],
    run: (x) => upsample2d(x, options),
    reference: (x) => upsample2dReference(x, oracle),
    referenceGradient: ([dy], x) => [upsample2dGradientReference(dy, x, oracle)],
    tolerance: { forward, gradient, reason: `nearest copies; bilinear adds four terms; gradient: ${reason}` },
  };
}

/** @file Where the parts of a concatenation go. */
import { type Shape, sizeOf } from "../../shape.ts";

/** Runs of `run` elements, one after the other in the part, `stride` apart in the result, from `offset` on. */
export interface PartLayout {
  readonly size: number;
  readonly run: number;
  readonly stride: number;
  readonly offset: number;
}

/** Lays out the parts, in order; empty ones have size 0. */
export function partLayouts(shapes: readonly Shape[], axis: number): PartLayout[] {
  const runs = shapes.map((shape) => sizeOf(shape.slice(axis)));
  const stride = runs.reduce((sum, run) => sum + run, 0);
  let offset = 0;
  return shapes.map((shape, i) => {
    const run = runs[i]!;
    const layout = { size: sizeOf(shape), run, stride, offset };
    offset += run;
    return layout;
  });
}

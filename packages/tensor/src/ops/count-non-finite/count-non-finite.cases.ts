/** @file Cases of countNonFinite: of finite values; its test puts others among them. */
import { formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { exact } from "../../testing/tolerance.ts";
import { countNonFiniteReference } from "./count-non-finite.reference.ts";
import { countNonFinite } from "./count-non-finite.ts";

export const countNonFiniteCases: readonly OpCase[] = [finiteCase([[1]]), finiteCase([[4097], [0], [3, 5]])];

function finiteCase(shapes: readonly Shape[]): OpCase {
  return {
    name: `countNonFinite ${shapes.map(formatShape).join(" ")}`,
    inputs: shapes.map((shape) => ({ shape })),
    run: (...tensors) => countNonFinite(tensors),
    reference: countNonFiniteReference,
    tolerance: exact,
  };
}

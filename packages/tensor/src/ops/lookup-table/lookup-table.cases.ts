/** @file Cases of lookupTable. */
import { formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { exact } from "../../testing/tolerance.ts";
import { lookupTableReference } from "./lookup-table.reference.ts";
import { lookupTable } from "./lookup-table.ts";

export const lookupTableCases: readonly OpCase[] = [
  lookupTableCase([3, 7, 5, 3]),
  lookupTableCase([2, 5, 1]),
  lookupTableCase([257, 2]),
  lookupTableCase([3, 3, 4]),
];

function lookupTableCase(shape: Shape): OpCase {
  const channels = shape.at(-1)!;
  return {
    name: `lookupTable ${formatShape(shape)}`,
    inputs: [
      { shape, dtype: "uint8" },
      { shape: [256, channels], gradient: false },
    ],
    run: (images, table) => lookupTable(images, table),
    reference: lookupTableReference,
    tolerance: exact,
  };
}

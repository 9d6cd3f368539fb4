/** @file The table that ships: variants for adapters on which nothing was timed yet. The first row that holds decides. */
import type { ProblemSizes } from "./variants.ts";

/** A row of the table. */
export interface TunedRow {
  readonly adapters: "hardware" | "software";
  readonly op: RegExp;
  readonly holds: (sizes: ProblemSizes) => boolean;
  readonly variant: string;
  /** Where and when it was measured, or why it is there although it was not. */
  readonly because: string;
}

const products = /^(matmul|conv2d|conv2dInputGradient|conv2dFilterGradient)$/;

/** Tiles of a product, over all of its batches, groups or taps. */
function tiles({ rows, columns, products: count }: ProblemSizes, tileRows: number, tileColumns: number): number {
  return count * Math.ceil(rows / tileRows) * Math.ceil(columns / tileColumns);
}

/** Workgroups that are enough to fill the processors of a GPU. */
const enoughGroups = 128;

/**
 * Nothing here was measured on a hardware GPU. The rows for hardware follow from reasoning alone: the larger a tile, the
 * fewer bytes are loaded for each multiply-add, as long as the tiles are full and there are enough of them.
 */
const tunedTable: readonly TunedRow[] = [
  {
    adapters: "hardware",
    op: products,
    holds: (sizes) =>
      sizes.rows >= 128 && sizes.columns >= 128 && sizes.inner >= 64 && tiles(sizes, 128, 128) >= enoughGroups,
    variant: "tile128",
    because: "reasoning: 16 multiply-adds for each float of workgroup memory that is read, twice those of tile64",
  },
  {
    adapters: "hardware",
    op: products,
    holds: (sizes) =>
      sizes.rows >= 64 && sizes.columns >= 48 && sizes.inner >= 32 && tiles(sizes, 64, 64) >= enoughGroups,
    variant: "tile64",
    because: "reasoning: full tiles, and enough of them to fill a GPU",
  },
  {
    adapters: "hardware",
    op: products,
    holds: (sizes) => sizes.rows <= 16 && sizes.columns >= 64 && sizes.inner >= 32,
    variant: "tile16x64",
    because: "reasoning: few rows, as in a network's last stages; higher tiles would be mostly empty",
  },
  {
    adapters: "hardware",
    op: products,
    holds: (sizes) => sizes.rows >= 16 && sizes.columns >= 16 && sizes.inner >= 16,
    variant: "tile32",
    because: "reasoning: small maps, where larger tiles would leave most of a GPU idle",
  },
  {
    adapters: "software",
    op: products,
    holds: ({ rows, columns }) => rows >= 8 && columns >= 8,
    variant: "quads16x16",
    because: "SwiftShader 5.0.0: 4.0 GFLOP/s a core on a product of 8192 x 288 x 32, where the default has 2.0",
  },
];

/** The table's variant for a problem; `null` where it has none. */
export function shippedVariant(op: string, sizes: ProblemSizes, software: boolean): string | null {
  const kind = software ? "software" : "hardware";
  const row = tunedTable.find((each) => each.adapters === kind && each.op.test(op) && each.holds(sizes));
  return row?.variant ?? null;
}

/** @file Tiles of products through workgroup memory, the same for every op that is one. */

/** Sizes of a tile, under the names of the kernels' constants. */
export interface TileConstants {
  readonly groupRows: number;
  readonly groupColumns: number;
  readonly blocks: number;
  readonly tileInner: number;
}

/** A tile, its name, and what it asks of a device. */
export interface Tile {
  readonly name: string;
  readonly constants: TileConstants;
  /** Rows and columns of the product that a workgroup computes. */
  readonly rows: number;
  readonly columns: number;
  readonly barriers: true;
  readonly invocations: number;
  readonly workgroupStorage: number;
}

/** Large maps, small maps, and the few rows of a network's last stages. */
export const productTiles: readonly Tile[] = [
  tile("tile64", { groupRows: 16, groupColumns: 16, blocks: 1, tileInner: 32 }),
  tile("tile128", { groupRows: 16, groupColumns: 16, blocks: 2, tileInner: 16 }),
  tile("tile32", { groupRows: 8, groupColumns: 8, blocks: 1, tileInner: 16 }),
  tile("tile16x64", { groupRows: 4, groupColumns: 16, blocks: 1, tileInner: 16 }),
];

/**
 * Tiles of four invocations that swap the vectors they load: no barrier, and half of the loads that the default takes for
 * as many sums. Every subgroup is made of quads, whatever its size.
 */
export const quads = { name: "quads16x16", rows: 16, columns: 16, features: ["subgroups"] } as const;

/** A tile of a product. */
export function tile(name: string, constants: TileConstants): Tile {
  const { groupRows, groupColumns, blocks, tileInner } = constants;
  return {
    ...{ name, constants, barriers: true },
    rows: 4 * blocks * groupRows,
    columns: 4 * blocks * groupColumns,
    invocations: groupRows * groupColumns,
    // Two panels of vectors, and a number for each of the inner axis, which the filter's gradient keeps beside them.
    workgroupStorage: 16 * tileInner * blocks * (groupRows + groupColumns) + 4 * tileInner,
  };
}

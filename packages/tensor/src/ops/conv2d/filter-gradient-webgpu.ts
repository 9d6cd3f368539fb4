/** @file Launches of convolution's gradient by its filter on WebGPU, an implicit matrix product, and its variants. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { defineVariants, type ProblemSizes, type Variant } from "../../devices/webgpu/tuner/variants.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import { productTiles, quads, type Tile, tile } from "../tiles.ts";
import { addParts } from "./add-parts-webgpu.ts";
import type { Conv2dGradientAttributes } from "./conv2d.ts";
import code from "./conv2d-filter-gradient.wgsl";
import quadsCode from "./conv2d-filter-gradient-quads.wgsl";
import tiledCode from "./conv2d-filter-gradient-tiled.wgsl";
import { filterGradientSplits, filterGradientTiles, pixelSplits } from "./filter-gradient-splits.ts";
import type { Conv2dGeometry } from "./geometry.ts";
import { conv2dBucket, conv2dSizes, quadsFit, vectors } from "./sizes-webgpu.ts";

const bindings = { x: "read", dy: "read", parts: "write" } as const;
/** Constants that say how operands are loaded. */
const common = { rowVectors: 0, columnVectors: 0 };

const rowParameters = { ...conv2dSizes, imageRows: "u32", splits: "u32", splitRows: "u32", partStride: "u32" } as const;

const kernel = defineKernel({
  name: "conv2dFilterGradient",
  code,
  bindings,
  parameters: rowParameters,
  constants: { workgroupSize: 64, ...common },
});

const tiledKernel = defineKernel({
  name: "conv2dFilterGradientTiled",
  code: tiledCode,
  bindings,
  parameters: { ...conv2dSizes, pixels: "u32", splits: "u32", splitPixels: "u32", partStride: "u32" },
  constants: { groupRows: 16, groupColumns: 16, blocks: 1, tileInner: 16, ...common },
});

const quadsKernel = defineKernel({
  name: "conv2dFilterGradientQuads",
  code: quadsCode,
  bindings,
  parameters: rowParameters,
  constants: { workgroupSize: 64 },
});

interface Problem {
  readonly geometry: Conv2dGeometry;
  readonly constants: typeof common;
  /** Elements of x and dy. */
  readonly inputs: readonly number[];
}

/** Tiles of 4 x 8 in registers, with no barrier. Smaller workgroups spread a small problem over more processors. */
function registers(name: string, workgroupSize: number): Variant<Problem> {
  return {
    name,
    run: (device, { geometry, constants }, { inputs: [x, dy], output }) => {
      const tiles = filterGradientTiles(geometry);
      const { imageRows, splits, splitRows } = filterGradientSplits(geometry, tiles);
      addParts(device, { target: output, size: filterSize(geometry), splits }, (parts, partStride) => {
        device.run(kernel, {
          bindings: { x: x!, dy: dy!, parts },
          parameters: { ...geometry, imageRows, splits, splitRows, partStride },
          constants: { ...constants, workgroupSize },
          workgroups: spread(tiles * splits, workgroupSize),
        });
      });
    },
  };
}

function tiled(tile: Tile): Variant<Problem> {
  return {
    ...tile,
    run: (device, { geometry, constants }, { inputs: [x, dy], output }) => {
      const tiles = filterGradientTiles(geometry, tile.rows, tile.columns);
      const { pixels, splits, splitPixels } = pixelSplits(geometry, tiles, tile.constants.tileInner);
      addParts(device, { target: output, size: filterSize(geometry), splits }, (parts, partStride) => {
        device.run(tiledKernel, {
          bindings: { x: x!, dy: dy!, parts },
          parameters: { ...geometry, pixels, splits, splitPixels, partStride },
          constants: { ...constants, ...tile.constants },
          workgroups: spread(tiles * splits, 1),
        });
      });
    },
  };
}

function byQuads(): Variant<Problem> {
  return {
    ...quads,
    fits: quadsFit,
    run: (device, { geometry }, { inputs: [x, dy], output }) => {
      const invocations = 4 * filterGradientTiles(geometry, quads.rows, quads.columns);
      const { imageRows, splits, splitRows } = filterGradientSplits(geometry, invocations);
      addParts(device, { target: output, size: filterSize(geometry), splits }, (parts, partStride) => {
        device.run(quadsKernel, {
          bindings: { x: x!, dy: dy!, parts },
          parameters: { ...geometry, imageRows, splits, splitRows, partStride },
          workgroups: spread(invocations * splits, quadsKernel.constants.workgroupSize),
        });
      });
    },
  };
}

/** Half as deep as those of the other products: each invocation loads one vector of a panel, not four. */
const tiles: readonly Tile[] = productTiles.map(({ name, constants }) =>
  tile(name, { ...constants, tileInner: constants.tileInner / 2 }),
);

const family = defineVariants<Problem>({
  op: "conv2dFilterGradient",
  variants: () => [
    registers("registers4x8", 64),
    registers("registers4x8-small-groups", 16),
    byQuads(),
    ...tiles.map(tiled),
  ],
  sizes: problemSizes,
});

function problemSizes({ geometry, inputs }: Problem): ProblemSizes {
  const { batch, outHeight, outWidth, groups, groupChannels, groupFilters } = geometry;
  const inner = batch * outHeight * outWidth;
  return {
    ...{ bucket: conv2dBucket(geometry).join(":"), rows: groupChannels, inner, columns: groupFilters },
    ...{ products: groups * taps(geometry), terms: inner, inputs, output: filterSize(geometry) },
  };
}

function taps({ filterHeight, filterWidth }: Conv2dGeometry): number {
  return filterHeight * filterWidth;
}

function filterSize(geometry: Conv2dGeometry): number {
  return taps(geometry) * geometry.groupChannels * geometry.filters;
}

/** Enqueues dfilter from [x, dy]. */
export const conv2dFilterGradientWebgpu: WebgpuLaunch<Conv2dGradientAttributes> = (
  device,
  inputs,
  [dfilter],
  { geometry },
) => {
  const { groupChannels, groupFilters } = geometry;
  const problem: Problem = {
    geometry,
    constants: { rowVectors: vectors(groupChannels), columnVectors: vectors(groupFilters) },
    inputs: inputs.map(({ shape }) => sizeOf(shape)),
  };
  device.launch(family, problem, { inputs: inputs.map(({ block }) => block), output: dfilter!.block });
};

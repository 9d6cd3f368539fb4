/** @file Launches of convolution on WebGPU, an implicit matrix product, and its variants. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { defineVariants, type ProblemSizes, type Variant } from "../../devices/webgpu/tuner/variants.ts";
import { sizeOf } from "../../shape.ts";
import { activationCode } from "../activation-code.ts";
import type { WebgpuLaunch } from "../op.ts";
import { productTiles, quads, type Tile } from "../tiles.ts";
import type { Conv2dAttributes } from "./conv2d.ts";
import code from "./conv2d.wgsl";
import quadsCode from "./conv2d-quads.wgsl";
import tiledCode from "./conv2d-tiled.wgsl";
import type { Conv2dGeometry } from "./geometry.ts";
import { conv2dBucket, conv2dSizes, quadsFit, vectors } from "./sizes-webgpu.ts";

const bindings = { x: "read", filterValues: "read", bias: "read", y: "write" } as const;
const parameters = { rows: "u32", ...conv2dSizes } as const;
/** Constants that say how operands are loaded, and what is done to the sums. */
const common = { innerVectors: 0, columnVectors: 0, hasBias: 0, activation: 0 };

const kernel = defineKernel({
  name: "conv2d",
  code,
  bindings,
  parameters,
  constants: { workgroupSize: 64, ...common },
});

const tiledKernel = defineKernel({
  name: "conv2dTiled",
  code: tiledCode,
  bindings,
  parameters,
  constants: { groupRows: 16, groupColumns: 16, blocks: 1, tileInner: 32, ...common },
});

const quadsKernel = defineKernel({
  name: "conv2dQuads",
  code: quadsCode,
  bindings,
  parameters,
  constants: { workgroupSize: 64, hasBias: 0, activation: 0 },
});

interface Problem {
  readonly geometry: Conv2dGeometry;
  readonly constants: typeof common;
  /** Elements of x, filter and, where there is one, the bias. */
  readonly inputs: readonly number[];
}

/** Tiles of 4 x 8 in registers, with no barrier. Smaller workgroups spread a small problem over more processors. */
function registers(name: string, workgroupSize: number): Variant<Problem> {
  return {
    name,
    run: (device, { geometry, constants }, { inputs: [x, filter, bias], output }) => {
      const rows = outputPixels(geometry);
      device.run(kernel, {
        bindings: { x: x!, filterValues: filter!, bias: bias ?? filter!, y: output },
        parameters: { ...geometry, rows },
        constants: { ...constants, workgroupSize },
        workgroups: spread(Math.ceil(rows / 4) * geometry.groups * Math.ceil(geometry.groupFilters / 8), workgroupSize),
      });
    },
  };
}

function tiled(tile: Tile): Variant<Problem> {
  return {
    ...tile,
    run: (device, { geometry, constants }, { inputs: [x, filter, bias], output }) => {
      const rows = outputPixels(geometry);
      const columnTiles = geometry.groups * Math.ceil(geometry.groupFilters / tile.columns);
      device.run(tiledKernel, {
        bindings: { x: x!, filterValues: filter!, bias: bias ?? filter!, y: output },
        parameters: { ...geometry, rows },
        constants: { ...constants, ...tile.constants },
        workgroups: spread(Math.ceil(rows / tile.rows) * columnTiles, 1),
      });
    },
  };
}

function byQuads(): Variant<Problem> {
  return {
    ...quads,
    fits: quadsFit,
    run: (device, { geometry, constants: { hasBias, activation } }, { inputs: [x, filter, bias], output }) => {
      const rows = outputPixels(geometry);
      const columnTiles = geometry.groups * Math.ceil(geometry.groupFilters / quads.columns);
      device.run(quadsKernel, {
        bindings: { x: x!, filterValues: filter!, bias: bias ?? filter!, y: output },
        parameters: { ...geometry, rows },
        constants: { hasBias, activation },
        workgroups: spread(Math.ceil(rows / quads.rows) * columnTiles * 4, quadsKernel.constants.workgroupSize),
      });
    },
  };
}

const family = defineVariants<Problem>({
  op: "conv2d",
  variants: () => [
    registers("registers4x8", 64),
    registers("registers4x8-small-groups", 16),
    byQuads(),
    ...productTiles.map(tiled),
  ],
  sizes: problemSizes,
});

function problemSizes({ geometry, inputs }: Problem): ProblemSizes {
  const { groups, groupChannels, groupFilters, filterHeight, filterWidth } = geometry;
  const rows = outputPixels(geometry);
  const inner = groupChannels * filterHeight * filterWidth;
  return {
    ...{ bucket: conv2dBucket(geometry).join(":"), rows, inner, columns: groupFilters, products: groups },
    ...{ terms: inner, inputs, output: rows * geometry.filters },
  };
}

function outputPixels({ batch, outHeight, outWidth }: Conv2dGeometry): number {
  return batch * outHeight * outWidth;
}

/** Enqueues `activation(x ∗ filter + bias)`. */
export const conv2dWebgpu: WebgpuLaunch<Conv2dAttributes> = (device, inputs, [y], { geometry, activation }) => {
  const { groupChannels, groupFilters } = geometry;
  const problem: Problem = {
    geometry,
    constants: {
      ...{ innerVectors: vectors(groupChannels), columnVectors: vectors(groupFilters) },
      ...{ hasBias: inputs.length > 2 ? 1 : 0, activation: activationCode[activation] },
    },
    inputs: inputs.map(({ shape }) => sizeOf(shape)),
  };
  device.launch(family, problem, { inputs: inputs.map(({ block }) => block), output: y!.block });
};

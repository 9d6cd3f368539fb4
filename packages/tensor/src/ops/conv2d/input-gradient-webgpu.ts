/** @file Launches of convolution's gradient by its input on WebGPU, an implicit matrix product, and its variants. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { defineVariants, type ProblemSizes, type Variant } from "../../devices/webgpu/tuner/variants.ts";
import { sizeOf } from "../../shape.ts";
import { activationCode } from "../activation-code.ts";
import type { WebgpuLaunch } from "../op.ts";
import { productTiles, quads, type Tile } from "../tiles.ts";
import type { Conv2dAttributes } from "./conv2d.ts";
import code from "./conv2d-input-gradient.wgsl";
import quadsCode from "./conv2d-input-gradient-quads.wgsl";
import tiledCode from "./conv2d-input-gradient-tiled.wgsl";
import type { Conv2dGeometry } from "./geometry.ts";
import { tapSteps } from "./input-gradient-phases.ts";
import { conv2dBucket, conv2dSizes, quadsFit, vectors } from "./sizes-webgpu.ts";

const bindings = { dy: "read", filterValues: "read", bias: "read", dx: "write" } as const;
const parameters = {
  batch: "u32",
  ...conv2dSizes,
  phases: "u32",
  phaseColumns: "u32",
  phaseTiles: "u32",
  tapStepY: "u32",
  tapStepX: "u32",
  outputStepY: "u32",
  outputStepX: "u32",
} as const;
/** Constants that say how operands are loaded, and what is done to the sums. */
const common = { innerVectors: 0, hasBias: 0, activation: 0 };

const kernel = defineKernel({
  name: "conv2dInputGradient",
  code,
  bindings,
  parameters,
  constants: { workgroupSize: 64, ...common },
});

const tiledKernel = defineKernel({
  name: "conv2dInputGradientTiled",
  code: tiledCode,
  bindings,
  parameters,
  constants: { groupRows: 16, groupColumns: 16, blocks: 1, tileInner: 32, ...common },
});

const quadsKernel = defineKernel({
  name: "conv2dInputGradientQuads",
  code: quadsCode,
  bindings,
  parameters,
  constants: { workgroupSize: 64, hasBias: 0, activation: 0 },
});

interface Problem {
  readonly geometry: Conv2dGeometry;
  readonly constants: typeof common;
  /** Elements of dy, filter and, where there is one, the bias. */
  readonly inputs: readonly number[];
}

/** Tiles of 4 x 8 in registers, with no barrier. Smaller workgroups spread a small problem over more processors. */
function registers(name: string, workgroupSize: number): Variant<Problem> {
  return {
    name,
    run: (device, { geometry, constants }, { inputs: [dy, filter, bias], output }) => {
      const { phases, phaseTiles, parameters } = phaseParameters(geometry, 4, 8);
      device.run(kernel, {
        bindings: { dy: dy!, filterValues: filter!, bias: bias ?? filter!, dx: output },
        parameters,
        constants: { ...constants, workgroupSize },
        workgroups: spread(phases * phaseTiles, workgroupSize),
      });
    },
  };
}

function tiled(tile: Tile): Variant<Problem> {
  return {
    ...tile,
    run: (device, { geometry, constants }, { inputs: [dy, filter, bias], output }) => {
      const { phases, phaseTiles, parameters } = phaseParameters(geometry, tile.rows, tile.columns);
      device.run(tiledKernel, {
        bindings: { dy: dy!, filterValues: filter!, bias: bias ?? filter!, dx: output },
        parameters,
        constants: { ...constants, ...tile.constants },
        workgroups: spread(phases * phaseTiles, 1),
      });
    },
  };
}

function byQuads(): Variant<Problem> {
  return {
    ...quads,
    fits: quadsFit,
    run: (device, { geometry, constants: { hasBias, activation } }, { inputs: [dy, filter, bias], output }) => {
      const { phases, phaseTiles, parameters } = phaseParameters(geometry, quads.rows, quads.columns);
      device.run(quadsKernel, {
        bindings: { dy: dy!, filterValues: filter!, bias: bias ?? filter!, dx: output },
        parameters,
        constants: { hasBias, activation },
        workgroups: spread(phases * phaseTiles * 4, quadsKernel.constants.workgroupSize),
      });
    },
  };
}

const family = defineVariants<Problem>({
  op: "conv2dInputGradient",
  variants: () => [
    registers("registers4x8", 64),
    registers("registers4x8-small-groups", 16),
    byQuads(),
    ...productTiles.map(tiled),
  ],
  sizes: problemSizes,
});

function phaseCounts({ batch, height, width, strideY, strideX }: Conv2dGeometry) {
  const phaseColumns = Math.min(strideX, width);
  const phases = Math.min(strideY, height) * phaseColumns;
  return { phases, phaseColumns, phaseRows: batch * Math.ceil(height / strideY) * Math.ceil(width / strideX) };
}

/** Tiles of so many pixels and channels: as many for each phase as the largest one needs. */
function phaseParameters(geometry: Conv2dGeometry, tileRows: number, tileColumns: number) {
  const { groups, groupChannels, strideY, strideX, dilationY, dilationX } = geometry;
  const { phases, phaseColumns, phaseRows } = phaseCounts(geometry);
  const phaseTiles = Math.ceil(phaseRows / tileRows) * groups * Math.ceil(groupChannels / tileColumns);
  const down = tapSteps({ stride: strideY, dilation: dilationY });
  const across = tapSteps({ stride: strideX, dilation: dilationX });
  const parameters = {
    ...{ ...geometry, phases, phaseColumns, phaseTiles },
    ...{ tapStepY: down.tapStep, tapStepX: across.tapStep },
    ...{ outputStepY: down.dilation, outputStepX: across.dilation },
  };
  return { phases, phaseTiles, parameters };
}

function problemSizes({ geometry, inputs }: Problem): ProblemSizes {
  const { batch, height, width, channels, groups, groupChannels, groupFilters, filterHeight, filterWidth } = geometry;
  const { phases, phaseRows } = phaseCounts(geometry);
  const terms = groupFilters * filterHeight * filterWidth;
  return {
    ...{ bucket: conv2dBucket(geometry).join(":"), rows: phaseRows, inner: Math.ceil(terms / phases) },
    ...{ columns: groupChannels, products: groups * phases, terms, inputs },
    output: batch * height * width * channels,
  };
}

/** Enqueues dx from [dy, filter], or a transposed convolution of dy with a bias and an activation. */
export const conv2dInputGradientWebgpu: WebgpuLaunch<Conv2dAttributes> = (
  device,
  inputs,
  [dx],
  { geometry, activation },
) => {
  const problem: Problem = {
    geometry,
    constants: {
      ...{ innerVectors: vectors(geometry.groupFilters), hasBias: inputs.length > 2 ? 1 : 0 },
      activation: activationCode[activation],
    },
    inputs: inputs.map(({ shape }) => sizeOf(shape)),
  };
  device.launch(family, problem, { inputs: inputs.map(({ block }) => block), output: dx!.block });
};

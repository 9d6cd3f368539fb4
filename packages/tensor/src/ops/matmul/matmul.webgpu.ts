/** @file Launches of the matrix product on WebGPU, and its variants. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { defineVariants, type ProblemSizes, powerOfTwo, type Variant } from "../../devices/webgpu/tuner/variants.ts";
import { sizeOf } from "../../shape.ts";
import { activationCode } from "../activation-code.ts";
import type { WebgpuLaunch } from "../op.ts";
import { productTiles, quads, type Tile } from "../tiles.ts";
import { type BatchLayout, batchLayout } from "./batch.ts";
import type { MatmulAttributes } from "./matmul.ts";
import code from "./matmul.wgsl";
import quadsCode from "./matmul-quads.wgsl";
import tiledCode from "./matmul-tiled.wgsl";
import { matmulSizes } from "./sizes.ts";

const bindings = { a: "read", b: "read", bias: "read", y: "write" } as const;

const parameters = {
  rows: "u32",
  inner: "u32",
  columns: "u32",
  aRow: "u32",
  aInner: "u32",
  bInner: "u32",
  bColumn: "u32",
  batches: "u32",
  size1: "u32",
  size2: "u32",
  size3: "u32",
  a0: "u32",
  a1: "u32",
  a2: "u32",
  a3: "u32",
  b0: "u32",
  b1: "u32",
  b2: "u32",
  b3: "u32",
} as const;

/** Constants that say how operands are loaded, and what is done to the sums. */
const common = { innerVectors: 0, rowVectors: 0, columnVectors: 0, hasBias: 0, activation: 0 };

const kernel = defineKernel({
  name: "matmul",
  code,
  bindings,
  parameters,
  constants: { workgroupSize: 64, ...common },
});

const tiledKernel = defineKernel({
  name: "matmulTiled",
  code: tiledCode,
  bindings,
  parameters,
  constants: { groupRows: 16, groupColumns: 16, blocks: 1, tileInner: 32, ...common },
});

const quadsKernel = defineKernel({
  name: "matmulQuads",
  code: quadsCode,
  bindings,
  parameters,
  constants: { workgroupSize: 64, innerVectors: 0, columnVectors: 0, hasBias: 0, activation: 0 },
});

interface Problem {
  readonly parameters: Readonly<Record<keyof typeof parameters, number>>;
  readonly constants: Partial<typeof common>;
  /** Elements of a, b and, where there is one, the bias. */
  readonly inputs: readonly number[];
}

/** Tiles of 4 x 8 in registers, with no barrier. Smaller workgroups spread a small problem over more processors. */
function registers(name: string, workgroupSize: number): Variant<Problem> {
  return {
    name,
    run: (device, { parameters, constants }, { inputs: [a, b, bias], output }) => {
      const { batches, rows, columns } = parameters;
      const tiles = batches * Math.ceil(rows / 4) * Math.ceil(columns / 8);
      device.run(kernel, {
        bindings: { a: a!, b: b!, bias: bias ?? b!, y: output },
        parameters,
        constants: { ...constants, workgroupSize },
        workgroups: spread(tiles, workgroupSize),
      });
    },
  };
}

function tiled(tile: Tile): Variant<Problem> {
  return {
    ...tile,
    run: (device, { parameters, constants }, { inputs: [a, b, bias], output }) => {
      const { batches, rows, columns } = parameters;
      device.run(tiledKernel, {
        bindings: { a: a!, b: b!, bias: bias ?? b!, y: output },
        parameters,
        constants: { ...constants, ...tile.constants },
        workgroups: spread(batches * Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns), 1),
      });
    },
  };
}

function byQuads(): Variant<Problem> {
  return {
    ...quads,
    fits: ({ constants }) => Boolean(constants.innerVectors || constants.rowVectors),
    run: (device, { parameters, constants: { rowVectors, ...constants } }, { inputs: [a, b, bias], output }) => {
      const { batches, rows, columns } = parameters;
      const tiles = batches * Math.ceil(rows / quads.rows) * Math.ceil(columns / quads.columns);
      device.run(quadsKernel, {
        bindings: { a: a!, b: b!, bias: bias ?? b!, y: output },
        parameters,
        constants,
        workgroups: spread(tiles * 4, quadsKernel.constants.workgroupSize),
      });
    },
  };
}

const family = defineVariants<Problem>({
  op: "matmul",
  variants: () => [
    registers("registers4x8", 64),
    registers("registers4x8-small-groups", 16),
    byQuads(),
    ...productTiles.map(tiled),
  ],
  sizes: problemSizes,
});

/** Buckets tell transposed operands apart, and what can be loaded in vectors. */
function problemSizes({ parameters, constants, inputs }: Problem): ProblemSizes {
  const { rows, inner, columns, batches, aInner, bColumn } = parameters;
  const words = [`rows${powerOfTwo(rows)}`, `inner${powerOfTwo(inner)}`, `columns${powerOfTwo(columns)}`];
  if (batches > 1) words.push(`batches${powerOfTwo(batches)}`);
  if (aInner !== 1) words.push("a-transposed");
  if (bColumn !== 1) words.push("b-transposed");
  if (!constants.innerVectors && !constants.rowVectors) words.push("odd");
  const output = batches * rows * columns;
  return { bucket: words.join(":"), rows, inner, columns, products: batches, terms: inner, inputs, output };
}

/** Enqueues `activation(op(a) op(b) + bias)`: one launch for all matrices. */
export const matmulWebgpu: WebgpuLaunch<MatmulAttributes> = (device, inputs, [y], attributes) => {
  const [a, b, bias] = inputs;
  const { transposeA, transposeB, activation } = attributes;
  const { m: rows, k: inner, n: columns } = matmulSizes(a!, b!, attributes);
  const [aRow, aInner] = transposeA ? [1, rows] : [inner, 1];
  const [bInner, bColumn] = transposeB ? [1, inner] : [columns, 1];
  const batch = batchParameters(batchLayout(a!.shape, b!.shape));
  const problem: Problem = {
    parameters: { rows, inner, columns, aRow, aInner, bInner, bColumn, ...batch },
    constants: {
      ...loads(transposeA, transposeB, rows, inner, columns),
      ...{ hasBias: bias ? 1 : 0, activation: activationCode[activation] },
    },
    inputs: inputs.map(({ shape }) => sizeOf(shape)),
  };
  device.launch(family, problem, { inputs: inputs.map(({ block }) => block), output: y!.block });
};

function batchParameters({ batches, sizes: [, size1, size2, size3], a, b }: BatchLayout) {
  const [a0, a1, a2, a3] = a;
  const [b0, b1, b2, b3] = b;
  return { batches, size1, size2, size3, a0, a1, a2, a3, b0, b1, b2, b3 };
}

/** Whole vectors where both operands allow them, else single elements for both: one compile for all that is odd. */
function loads(transposeA: boolean, transposeB: boolean, rows: number, inner: number, columns: number) {
  if (!transposeA && inner % 4 === 0) {
    if (transposeB) return { innerVectors: 1 };
    if (columns % 4 === 0) return { innerVectors: 1, columnVectors: 1 };
  }
  if (transposeA && !transposeB && rows % 4 === 0 && columns % 4 === 0) return { rowVectors: 1, columnVectors: 1 };
  return {};
}

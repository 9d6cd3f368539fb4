/** @file Launches of the matrix product on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { activationCode } from "../activation-code.ts";
import type { WebgpuLaunch } from "../op.ts";
import { type BatchLayout, batchLayout } from "./batch.ts";
import type { MatmulAttributes } from "./matmul.ts";
import code from "./matmul.wgsl";
import { matmulSizes } from "./sizes.ts";

const kernel = defineKernel({
  name: "matmul",
  code,
  bindings: { a: "read", b: "read", bias: "read", y: "write" },
  parameters: {
    rows: "u32",
    inner: "u32",
    columns: "u32",
    aRow: "u32",
    aInner: "u32",
    bInner: "u32",
    bColumn: "u32",
    ...{ batches: "u32", size1: "u32", size2: "u32", size3: "u32" },
    ...{ a0: "u32", a1: "u32", a2: "u32", a3: "u32", b0: "u32", b1: "u32", b2: "u32", b3: "u32" },
  } as const,
  constants: { workgroupSize: 64, innerVectors: 0, rowVectors: 0, columnVectors: 0, hasBias: 0, activation: 0 },
});

/** Enqueues `activation(op(a) op(b) + bias)`: one launch for all matrices. */
export const matmulWebgpu: WebgpuLaunch<MatmulAttributes> = (device, [a, b, bias], [y], attributes) => {
  const { transposeA, transposeB, activation } = attributes;
  const { m: rows, k: inner, n: columns } = matmulSizes(a!, b!, attributes);
  const [aRow, aInner] = transposeA ? [1, rows] : [inner, 1];
  const [bInner, bColumn] = transposeB ? [1, inner] : [columns, 1];
  const batch = batchParameters(batchLayout(a!.shape, b!.shape));
  const tiles = batch.batches * Math.ceil(rows / 4) * Math.ceil(columns / 8);
  device.run(kernel, {
    bindings: { a: a!.block, b: b!.block, bias: (bias ?? b!).block, y: y!.block },
    parameters: { rows, inner, columns, aRow, aInner, bInner, bColumn, ...batch },
    constants: {
      ...loads(transposeA, transposeB, rows, inner, columns),
      ...{ hasBias: bias ? 1 : 0, activation: activationCode[activation] },
    },
    workgroups: spread(tiles, kernel.constants.workgroupSize),
  });
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

/** @file Launches of the matrix product on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { activationCode } from "../activation-code.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { MatmulAttributes } from "./matmul.ts";
import code from "./matmul.wgsl";

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
  },
  constants: { workgroupSize: 64, innerVectors: 0, rowVectors: 0, columnVectors: 0, hasBias: 0, activation: 0 },
});

/** Enqueues `activation(op(a) op(b) + bias)`. */
export const matmulWebgpu: WebgpuLaunch<MatmulAttributes> = (device, [a, b, bias], [y], attributes) => {
  const { transposeA, transposeB, activation } = attributes;
  const [rows, columns] = y!.shape as [number, number];
  const inner = a!.shape[transposeA ? 0 : 1]!;
  const [aRow, aInner] = transposeA ? [1, rows] : [inner, 1];
  const [bInner, bColumn] = transposeB ? [1, inner] : [columns, 1];
  device.run(kernel, {
    bindings: { a: a!.block, b: b!.block, bias: (bias ?? b!).block, y: y!.block },
    parameters: { rows, inner, columns, aRow, aInner, bInner, bColumn },
    constants: {
      ...loads(transposeA, transposeB, rows, inner, columns),
      ...{ hasBias: bias ? 1 : 0, activation: activationCode[activation] },
    },
    workgroups: spread(Math.ceil(rows / 4) * Math.ceil(columns / 8), kernel.constants.workgroupSize),
  });
};

/** Whole vectors where both operands allow them, else single elements for both: one compile for all that is odd. */
function loads(transposeA: boolean, transposeB: boolean, rows: number, inner: number, columns: number) {
  if (!transposeA && inner % 4 === 0) {
    if (transposeB) return { innerVectors: 1 };
    if (columns % 4 === 0) return { innerVectors: 1, columnVectors: 1 };
  }
  if (transposeA && !transposeB && rows % 4 === 0 && columns % 4 === 0) return { rowVectors: 1, columnVectors: 1 };
  return {};
}

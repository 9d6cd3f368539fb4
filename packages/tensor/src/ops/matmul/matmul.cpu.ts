/** @file Launches the matrix product on the cpu device. */
import { COUNTER } from "../../devices/cpu/cpu-device.ts";
import { activationCode } from "../activation-code.ts";
import { maximumColumnRows, maximumRows } from "../gemm/block-sizes.ts";
import { chooseBlocks, withWorkspace } from "../gemm/blocks.ts";
import type { CpuLaunch } from "../op.ts";
import { batchLayout } from "./batch.ts";
import type { MatmulAttributes } from "./matmul.ts";
import { matmulSizes } from "./sizes.ts";

/** One launch: threads take blocks of y in turn and pack what they need of a and b. */
export const matmulCpu: CpuLaunch<MatmulAttributes> = (device, [a, b, bias], [y], attributes) => {
  const { m, k, n } = matmulSizes(a!, b!, attributes);
  const { transposeA, transposeB, activation } = attributes;
  const { batches, sizes, a: stridesA, b: stridesB } = batchLayout(a!.shape, b!.shape);
  const layout = device.constant(Int32Array.from([...sizes, ...stridesA, ...stridesB]));
  const blocks = chooseBlocks(m, n, device.threads, transposeA ? maximumColumnRows : maximumRows, batches);
  withWorkspace(device, (workspace) => {
    device.run("matmulBlocks", [
      ...[a!, b!].map(({ block }) => block.address),
      bias?.block.address ?? 0,
      y!.block.address,
      ...[batches, layout, m, n, k, Number(transposeA), Number(transposeB), activationCode[activation]],
      ...[blocks.rows, blocks.columns, workspace, COUNTER],
    ]);
  });
};

/** @file Launches sumOfSquares on the cpu: partial sums of each tensor, then the sum of those. */
import type { CpuLaunch } from "../op.ts";
import { reduceCpu } from "../reduce/reduce.cpu.ts";
import { chunkLength, cutIntoChunks } from "./chunks.ts";
import type { SumOfSquaresAttributes } from "./sum-of-squares.ts";

export const sumOfSquaresCpu: CpuLaunch<SumOfSquaresAttributes> = (device, inputs, [y]) => {
  const { parts, chunks } = cutIntoChunks(inputs);
  const byteLength = Math.max(1, chunks) * 4;
  device.scratch(byteLength, (address) => {
    inputs.forEach(({ block }, i) => {
      const { size, first } = parts[i]!;
      if (size > 0) device.run("sumOfSquares", [block.address, address + first * 4, size, chunkLength]);
    });
    reduceCpu(device, "sum", { shape: [chunks], dtype: "float32", block: { address, byteLength } }, y!.block, [0]);
  });
};

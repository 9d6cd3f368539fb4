/** @file Launches countNonFinite on the cpu: partial counts of each tensor, then their sum. */
import type { CpuLaunch } from "../op.ts";
import { reduceCpu } from "../reduce/reduce.cpu.ts";
import { chunkLength, cutIntoChunks } from "../sum-of-squares/chunks.ts";
import type { CountNonFiniteAttributes } from "./count-non-finite.ts";

export const countNonFiniteCpu: CpuLaunch<CountNonFiniteAttributes> = (device, inputs, [y]) => {
  const { parts, chunks } = cutIntoChunks(inputs);
  const byteLength = Math.max(1, chunks) * 4;
  device.scratch(byteLength, (address) => {
    inputs.forEach(({ block }, i) => {
      const { size, first } = parts[i]!;
      if (size > 0) device.run("countNonFinite", [block.address, address + first * 4, size, chunkLength]);
    });
    reduceCpu(device, "sum", { shape: [chunks], dtype: "float32", block: { address, byteLength } }, y!.block, [0]);
  });
};

/** @file Launches DropBlock on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import type { DropBlockAttributes } from "./drop-block.ts";

export const dropBlockMaskCpu: CpuLaunch<DropBlockAttributes> = (device, [x], [mask, scale], attributes) => {
  const { blockSize, key, stream, draw } = attributes;
  const size = sizeOf(x!.shape);
  const [batch, height, width, channels] = x!.shape as [number, number, number, number];
  const sizes = [height, width, channels, blockSize];
  const rows = batch * height;
  // Address 0 is nobody's: it says that counter and threshold are the values themselves.
  const words = draw.fromStep ? device.stepWords.current().address : 0;
  device.scratch(size, (seeds) => {
    device.run("dropBlockSeeds", [seeds, size, ...sizes, ...key, stream, words, draw.counter, draw.threshold]);
    device.scratch(rows * 4, (counts) => {
      device.run("dropBlockMask", [seeds, mask!.block.address, counts, rows, ...sizes]);
      device.run("dropBlockScale", [counts, scale!.block.address, rows, size]);
    });
  });
};

export const dropBlockApplyCpu: CpuLaunch<Record<never, never>> = (device, inputs, [y]) => {
  const addresses = [...inputs, y!].map(({ block }) => block.address);
  device.run("dropBlockApply", [...addresses, sizeOf(y!.shape)]);
};

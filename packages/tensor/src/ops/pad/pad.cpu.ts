/** @file Launches pad on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import { boxLayout } from "../slice/box.ts";
import type { PadAttributes } from "./pad.ts";
import { valueBits } from "./value-bits.ts";

export const padCpu: CpuLaunch<PadAttributes> = (device, [x], [out], { padding, value }) => {
  const before = padding.map(([amount]) => amount);
  const { wholeSizes, sizes, begin } = boxLayout(out!.shape, x!.shape, before);
  const layout = device.constant(Int32Array.from([...wholeSizes, ...sizes, ...begin]));
  const bits = valueBits(value, out!.dtype);
  device.run("pad", [x!.block.address, out!.block.address, sizeOf(out!.shape), bits, layout]);
};

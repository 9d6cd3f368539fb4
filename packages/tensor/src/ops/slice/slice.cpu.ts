/** @file Launches slices on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import { boxLayout } from "./box.ts";
import type { SliceAttributes } from "./slice.ts";

export const sliceCpu: CpuLaunch<SliceAttributes> = (device, [x], [out], { begin, size }) => {
  const layout = boxLayout(x!.shape, size, begin);
  const words = device.constant(Int32Array.from([...layout.sizes, ...layout.begin, ...layout.wholeStrides]));
  device.run("slice", [x!.block.address, out!.block.address, sizeOf(size), words]);
};

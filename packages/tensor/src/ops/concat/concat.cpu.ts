/** @file Launches concat on the cpu: one launch for each part. */
import type { CpuLaunch } from "../op.ts";
import type { ConcatAttributes } from "./concat.ts";
import { partLayouts } from "./parts.ts";

export const concatCpu: CpuLaunch<ConcatAttributes> = (device, parts, [out], { axis }) => {
  const shapes = parts.map(({ shape }) => shape);
  partLayouts(shapes, axis).forEach(({ size, run, stride, offset }, i) => {
    if (size > 0) device.run("concat", [parts[i]!.block.address, out!.block.address, size, run, stride, offset]);
  });
};

/** @file Launches argmax on the cpu. */
import type { CpuLaunch } from "../op.ts";
import { type ArgmaxAttributes, argmaxSizes } from "./argmax.ts";

export const argmaxCpu: CpuLaunch<ArgmaxAttributes> = (device, [x], [y], { axis }) => {
  const { outer, size, inner } = argmaxSizes(x!.shape, axis);
  const [from, to] = [x!.block.address, y!.block.address];
  if (inner === 1) device.run("argmaxRows", [from, to, outer, size]);
  else device.run("argmaxColumns", [from, to, outer, size, inner]);
};

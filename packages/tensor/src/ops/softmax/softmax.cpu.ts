/** @file Launches softmax, its logarithm and their gradients on the cpu. */
import type { CpuLaunch } from "../op.ts";
import type { SoftmaxAttributes } from "./along-axis.ts";

export const softmaxCpu: CpuLaunch<SoftmaxAttributes> = (device, [x], [y], attributes) => {
  const { outer, length, inner, queries, log } = attributes;
  const addresses = [x!.block.address, y!.block.address];
  if (inner === 1) device.run("softmaxRows", [...addresses, outer, length, queries, Number(log)]);
  else device.run("softmaxColumns", [...addresses, outer, length, inner, Number(log)]);
};

export const softmaxGradientCpu: CpuLaunch<SoftmaxAttributes> = (device, inputs, [dx], attributes) => {
  const { outer, length, inner, log } = attributes;
  const addresses = [...inputs, dx!].map(({ block }) => block.address);
  if (inner === 1) device.run("softmaxGradientRows", [...addresses, outer, length, Number(log)]);
  else device.run("softmaxGradientColumns", [...addresses, outer, length, inner, Number(log)]);
};

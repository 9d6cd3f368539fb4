/** @file Launches of stochastic gradient descent on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import type { SgdAttributes } from "./sgd.ts";

export const sgdCpu: CpuLaunch<SgdAttributes> = (device, [gradients], targets, { momentum, nesterov, words }) => {
  const addresses = [...targets, gradients!].map(({ block }) => block.address);
  const { rate, decay, kept } = words.slots;
  const shared = [...addresses, device.stepWords.current().address, rate, decay, kept, sizeOf(targets[0]!.shape)];
  if (targets.length === 1) device.run("sgdUpdate", shared);
  else device.run("sgdMomentumUpdate", [...shared, momentum, nesterov ? 1 : 0]);
};

/** @file Launch of Adam on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import type { AdamAttributes } from "./adam.ts";

export const adamCpu: CpuLaunch<AdamAttributes> = (device, [gradients], targets, attributes) => {
  const { beta1, beta2, epsilon, words } = attributes;
  const { stepSize, correction, kept } = words.slots;
  const addresses = [...targets, gradients!].map(({ block }) => block.address);
  const scalars = [beta1, 1 - beta1, beta2, 1 - beta2, epsilon];
  const stepWords = device.stepWords.current().address;
  const size = sizeOf(targets[0]!.shape);
  device.run("adamUpdate", [...addresses, stepWords, stepSize, correction, kept, size, ...scalars]);
};

/** @file Launch of RMSprop on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import type { RmspropLaunchAttributes } from "./rmsprop.ts";

export const rmspropCpu: CpuLaunch<RmspropLaunchAttributes> = (device, [gradients], targets, attributes) => {
  const { rho, epsilon, momentum, places, words } = attributes;
  const { rate, decay } = words.slots;
  const used = [targets[0], targets[1], targets[places.meanGradient], targets[places.velocity], gradients];
  // Address 0 is no tensor's: it stands for a target that is not there.
  const addresses = used.map((target) => target?.block.address ?? 0);
  const stepWords = device.stepWords.current().address;
  const size = sizeOf(targets[0]!.shape);
  device.run("rmspropUpdate", [...addresses, stepWords, rate, decay, size, rho, 1 - rho, epsilon, momentum]);
};

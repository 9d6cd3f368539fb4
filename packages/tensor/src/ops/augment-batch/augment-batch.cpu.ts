/** @file Launches augmentBatch on the cpu. */
import type { CpuLaunch } from "../op.ts";
import type { AugmentBatchAttributes } from "./augment-batch.ts";

export const augmentBatchCpu: CpuLaunch<AugmentBatchAttributes> = (device, inputs, [y], attributes) => {
  const { outHeight, outWidth, padding, fill, flipBelow, cutout, key, stream, draw } = attributes;
  const { count, height, width, channels } = attributes.images;
  const addresses = [...inputs, y!].map(({ block }) => block.address);
  const settings = [inputs[1]!.shape[0]!, outHeight, outWidth, padding, fill, flipBelow, cutout];
  // Address 0 is nobody's: it says that the counter is the value itself.
  const words = draw.fromStep ? device.stepWords.current().address : 0;
  const shapes = [count, height, width, channels];
  device.run("augmentBatch", [...addresses, ...shapes, ...settings, ...key, stream, words, draw.counter]);
};

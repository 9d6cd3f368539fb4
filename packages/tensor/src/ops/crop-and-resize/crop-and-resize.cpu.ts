/** @file Launches cropAndResize on the cpu. */
import type { CpuLaunch } from "../op.ts";
import type { CropAndResizeAttributes } from "./crop-and-resize.ts";

export const cropAndResizeCpu: CpuLaunch<CropAndResizeAttributes> = (device, inputs, [y], attributes) => {
  const addresses = [...inputs, y!].map(({ block }) => block.address);
  device.run("cropAndResize", [...addresses, ...inputs[0]!.shape, attributes.outHeight, attributes.outWidth]);
};

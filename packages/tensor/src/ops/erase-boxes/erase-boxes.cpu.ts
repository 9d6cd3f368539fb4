/** @file Launches eraseBoxes on the cpu. */
import type { CpuLaunch } from "../op.ts";
import type { EraseBoxesAttributes } from "./erase-boxes.ts";

export const eraseBoxesCpu: CpuLaunch<EraseBoxesAttributes> = (device, inputs, [y], { ownColors }) => {
  const [x, boxes] = inputs;
  const addresses = [...inputs, y!].map(({ block }) => block.address);
  device.run("eraseBoxes", [...addresses, ...x!.shape, boxes!.shape[1]!, ownColors ? 1 : 0]);
};

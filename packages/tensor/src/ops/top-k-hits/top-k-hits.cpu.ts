/** @file Launches topKHits on the cpu. */
import type { CpuLaunch } from "../op.ts";
import type { TopKHitsAttributes } from "./top-k-hits.ts";

export const topKHitsCpu: CpuLaunch<TopKHitsAttributes> = (device, [logits, labels], [y], { k }) => {
  const [rows, classes] = logits!.shape as [number, number];
  const addresses = [logits!, labels!, y!].map(({ block }) => block.address);
  device.run("topKHits", [...addresses, rows, classes, Math.min(k, classes)]);
};

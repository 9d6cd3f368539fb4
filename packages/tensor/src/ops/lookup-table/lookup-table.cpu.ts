/** @file Launches lookupTable on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import type { LookupTableAttributes } from "./lookup-table.ts";

export const lookupTableCpu: CpuLaunch<LookupTableAttributes> = (device, [images, table], [y]) => {
  const channels = table!.shape[1]!;
  const addresses = [images!, table!, y!].map(({ block }) => block.address);
  device.run("lookupTable", [...addresses, sizeOf(images!.shape) / channels, channels]);
};

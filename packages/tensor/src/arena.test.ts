import { expect, it } from "vitest";
import { Arena } from "./arena.ts";
import { openCpu } from "./devices/cpu/cpu-device.ts";

it("an arena of several blocks keeps none where one does not fit", async () => {
  const device = await openCpu({ threads: 1, memoryLimit: 160 << 20 });
  const before = device.memory();
  const shape = [(100 << 20) / 4]; // two make two blocks
  expect(() => new Arena(device, [shape, shape], "slots")).toThrow(/^slots \[26214400\]: out of memory/);
  const { liveBlocks, liveBytes } = device.memory();
  expect({ liveBlocks, liveBytes }).toEqual({ liveBlocks: before.liveBlocks, liveBytes: before.liveBytes });
  new Arena(device, [shape], "slots").dispose();
  await device.destroy();
});

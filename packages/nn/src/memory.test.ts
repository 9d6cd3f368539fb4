// A step takes nothing that it does not give back: the device's memory and the process's stay flat.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { crossEntropy, type Device, randomBits, setDefaultDevice, tensor } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PixelScale } from "./batch.ts";
import { cnn } from "./models/cnn.ts";
import { adam } from "./optim/adam.ts";
import { step } from "./step.ts";

/**
 * Steps and images a step: what a software GPU manages in a test, and ten times as long in the full run. The host waits
 * for every `ahead`-th step: a driver holds the uploads of all steps that wait for it, and on webgpu, where a step takes
 * longer than its calls, a reading would count as many of them as the host happens to be ahead.
 */
const full = process.env.TESSERA_FULL === "1";
const plans = {
  cpu: { steps: 500, warmUp: 100, ahead: 10, size: full ? 32 : 2 },
  webgpu: { steps: full ? 100 : 30, warmUp: 20, ahead: 1, size: 2 },
} as const;

/** Growth of the process that allocators and the drivers' caches may show, in MiB: at once, and a step. */
const allowance = { once: 8, step: 0.05 };

/** Readings, a step apart, of which the least counts: what is in use at all times, without what is just being freed. */
const readings = 5;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Devices whose steps are launched alike need one trial. */
const devices = (await openTestDevices()).filter(({ name, device }) => {
  const tested = name === "cpu with 2 threads" || device.kind === "webgpu";
  if (!tested) void device.destroy();
  return tested;
});

describe.each(devices)("memory on $name", ({ device }) => {
  beforeAll(() => setDefaultDevice(device));
  afterAll(() => device.destroy());

  it("stays flat over many steps", async () => {
    const { steps, warmUp, ahead, size } = plans[device.kind];
    using model = cnn({ classes: 100 }).train();
    using optimizer = adam(model.parameters());
    const pixels = new PixelScale();
    const before: Use[] = [];
    const after: Use[] = [];
    for (let counter = 0; counter < steps; counter++) {
      const images = Uint8Array.from(randomBits({ seed: 0, stream: 0, counter }, size * 3072), (bits) => bits >>> 24);
      const labels = Int32Array.from(randomBits({ seed: 0, stream: 1, counter }, size), (bits) => bits % 100);
      const { loss } = step(optimizer, () => ({
        loss: crossEntropy(model.forward(pixels.apply(images, [size, 32, 32, 3])), tensor(labels)),
      }));
      if (counter % ahead === ahead - 1) expect(await loss.value()).toBeGreaterThan(0);
      if (counter < warmUp && counter >= warmUp - readings) before.push(await inUse(device));
      if (counter >= steps - readings) after.push(await inUse(device));
    }
    const [first, last] = [before, after].map((uses) => Math.min(...uses.map(({ resident }) => resident)));
    console.info(
      `${device.description}: ${JSON.stringify(before)} after ${warmUp} steps, ${JSON.stringify(after)} after ${steps}`,
    );
    for (const use of after) expect(use.device).toEqual(before.at(-1)!.device);
    expect(last! - first!).toBeLessThan(allowance.once + allowance.step * (steps - warmUp));
    pixels.dispose();
  }, 300_000);
});

type Use = Awaited<ReturnType<typeof inUse>>;

/** What the device holds, and what the process does, in MiB: garbage aside, which the engine collects when it likes. */
async function inUse(device: Device) {
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    // The binding's objects let go of what they hold a turn after they were collected.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const made = device.kind === "webgpu" ? { bindGroups: device.counters.bindGroups } : {};
  return { device: { ...device.memory(), ...made }, resident: Math.round(process.memoryUsage.rss() / 2 ** 20) };
}

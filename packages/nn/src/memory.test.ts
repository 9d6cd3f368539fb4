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

/** Steps and images a step: what a software GPU manages in a test, and ten times as long in the full run. */
const full = process.env.TESSERA_FULL === "1";
const plans = {
  cpu: { steps: 500, warmUp: 100, size: full ? 32 : 2 },
  webgpu: { steps: full ? 100 : 20, warmUp: 10, size: 2 },
} as const;

/** Growth of the process that allocators and the drivers' caches may show, in MiB: at once, and a step. */
const allowance = { once: 8, step: 0.05 };

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
    const { steps, warmUp, size } = plans[device.kind];
    using model = cnn({ classes: 100 }).train();
    using optimizer = adam(model.parameters());
    const pixels = new PixelScale();
    let before: Awaited<ReturnType<typeof inUse>> | null = null;
    for (let counter = 0; counter < steps; counter++) {
      const images = Uint8Array.from(randomBits({ seed: 0, stream: 0, counter }, size * 3072), (bits) => bits >>> 24);
      const labels = Int32Array.from(randomBits({ seed: 0, stream: 1, counter }, size), (bits) => bits % 100);
      const { loss } = step(optimizer, () => ({
        loss: crossEntropy(model.forward(pixels.apply(images, [size, 32, 32, 3])), tensor(labels)),
      }));
      if (counter % 10 === 9) expect(await loss.value()).toBeGreaterThan(0);
      if (counter === warmUp - 1) before = await inUse(device);
    }
    const after = await inUse(device);
    console.info(
      `${device.description}: ${JSON.stringify(before)} after ${warmUp} steps, ${JSON.stringify(after)} after ${steps}`,
    );
    expect(after.device).toEqual(before!.device);
    expect(after.resident - before!.resident).toBeLessThan(allowance.once + allowance.step * (steps - warmUp));
    pixels.dispose();
  });
});

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

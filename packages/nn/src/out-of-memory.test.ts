/** @file Running out of memory costs one step: the error says what was asked, and the last checkpoint goes on. */
import {
  crossEntropy,
  type Device,
  DeviceError,
  openDevice,
  randomBits,
  setDefaultDevice,
  tensor,
} from "@tessera/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { miniCnn } from "./models/mini-cnn.ts";
import { adam } from "./optim/adam.ts";
import type { Optimizer } from "./optim/optimizer.ts";
import { step } from "./step.ts";
import { loadCheckpoint, saveCheckpoint } from "./weights.ts";

/** Holds a step of four images, and not one of 512. */
const memoryLimit = 48 << 20;

async function openOrWarn(kind: "cpu" | "webgpu", sharedMemory = true): Promise<Device | null> {
  try {
    return await openDevice(kind, { threads: 2, memoryLimit, sharedMemory });
  } catch (error) {
    if (!(error instanceof DeviceError) || kind === "cpu") throw error;
    console.warn(`NOT TESTED: the webgpu device. ${error.message}`);
    return null;
  }
}

const opened = [await openOrWarn("cpu"), await openOrWarn("cpu", false), await openOrWarn("webgpu")];
const devices = opened.flatMap((device) => (device ? [{ name: device.description, device }] : []));

describe.each(devices)("out of memory on $name", ({ device }) => {
  beforeAll(() => setDefaultDevice(device));
  afterAll(() => device.destroy());

  const train = (model: ReturnType<typeof miniCnn>, optimizer: Optimizer, size: number) => {
    const images = Float32Array.from(randomBits({ seed: 0, stream: 0 }, size * 3072), (bits) => bits / 2 ** 32 - 0.5);
    const labels = Int32Array.from(randomBits({ seed: 0, stream: 1 }, size), (bits) => bits % 10);
    return step(optimizer, () => ({
      loss: crossEntropy(model.forward(tensor(images, [size, 32, 32, 3])), tensor(labels)),
    })).loss;
  };

  it("says what was asked and what there was, gives everything back, and training goes on", async () => {
    using model = miniCnn({ classes: 10 }).train();
    using optimizer = adam(model.parameters());
    for (let i = 0; i < 3; i++) train(model, optimizer, 4);
    const checkpoint = await saveCheckpoint(model, optimizer);
    const expected = await train(model, optimizer, 4).value();
    const before = device.memory();

    const error = await Promise.resolve()
      .then(() => train(model, optimizer, 512).value())
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DeviceError);
    expect(String(error)).toMatch(
      /: out of memory on the \w+ device: asked for [\d.]+ MiB, [\d.]+ MiB of 48\.0 MiB in use.*\n.*smaller batch/,
    );
    expect(device.memory().liveBlocks).toBe(before.liveBlocks);
    expect(device.memory().liveBytes).toBe(before.liveBytes);

    loadCheckpoint(model, optimizer, checkpoint);
    expect(await train(model, optimizer, 4).value()).toBe(expected);
  });
});

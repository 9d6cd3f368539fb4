// What a step makes on the webgpu device: nothing, once the second step has shown what it needs.
import { crossEntropy, openDevice, randomBits, setDefaultDevice, tensor, type WebgpuDevice } from "@tessera/tensor";
import { openWebgpuOrWarn } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PixelScale } from "./batch.ts";
import { cnn } from "./models/cnn.ts";
import { adam } from "./optim/adam.ts";
import { step } from "./step.ts";

const inputSize = 8;

/** The null backend takes commands and carries none out, so that batches of the usual size cost nothing there. */
const adapters: [name: string, device: WebgpuDevice, batchSize: number][] = [
  ["Dawn's null backend", (await openDevice("webgpu", { backend: "null" })) as WebgpuDevice, 32],
];
const webgpu = (await openWebgpuOrWarn()) as WebgpuDevice | null;
if (webgpu) adapters.push([webgpu.description, webgpu, 2]);

/** Takes a step of Adam on the small CNN, dropout included, and tells the loss's reading. */
function trainer() {
  const model = cnn({ classes: 10, input: [inputSize, inputSize, 3] }).train();
  const optimizer = adam(model.parameters(), { clipNorm: 1 });
  const pixels = new PixelScale();
  let counter = 0;
  return (size: number) => {
    const shape = [size, inputSize, inputSize, 3];
    const bits = randomBits({ seed: 0, stream: 0, counter: counter++ }, size * inputSize * inputSize * 3);
    const images = Uint8Array.from(bits, (word) => word >>> 24);
    const labels = Int32Array.from(bits.subarray(0, size), (word) => word % 10);
    return step(optimizer, () => ({ loss: crossEntropy(model.forward(pixels.apply(images, shape)), tensor(labels)) }));
  };
}

describe.each(adapters)("steps on %s", (_, device, batchSize) => {
  beforeAll(() => setDefaultDevice(device));
  afterAll(async () => {
    setDefaultDevice(null);
    await device.destroy();
  });

  it("make no buffer and no bind group after the second, losses read between them, and submit once", async () => {
    const take = trainer();
    for (let i = 0; i < 2; i++) await take(batchSize).loss.value();
    const before = device.counters;
    const readings = Array.from({ length: 3 }, () => take(batchSize).loss);
    expect(device.counters).toEqual({ ...before, submits: before.submits + 3 });
    await Promise.all(readings.map((reading) => reading.value()));
    take(batchSize);
    // One transfer answers all readings: a submit of its own, and the buffer of the transfer before it.
    expect(device.counters).toEqual({ ...before, submits: before.submits + 5 });
  });

  it("make nothing for a ragged last batch either, from its second epoch on", async () => {
    const take = trainer();
    const epoch = () => [batchSize, batchSize, batchSize - 1].map(take).at(-1)!.loss.value();
    await epoch();
    await epoch();
    const { submits, ...made } = device.counters;
    await epoch();
    expect(device.counters).toEqual({ ...made, submits: submits + 4 });
  });
});

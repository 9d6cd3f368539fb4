/** @file An optimizer or an average that does not fit: nothing is kept of it, and the model is as it was. */
import { DeviceError, openCpu, openWebgpu, setDefaultDevice, type Tensor, tensor } from "@tessera/tensor";
import { openWebgpuOrWarn } from "@tessera/tensor/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { parameter, RandomStreams } from "../initializers.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Dense } from "../layers/dense.ts";
import { Sequential } from "../layers/sequential.ts";
import { adam } from "./adam.ts";
import { rmsprop } from "./rmsprop.ts";
import { sgd } from "./sgd.ts";
import { ema } from "./weight-average.ts";

/** 2 MiB of parameters: with parameters and gradients in arenas there is room for no third arena. */
const size = (2 << 20) / 4;

const webgpu = await openWebgpuOrWarn();
await webgpu?.destroy();
const kinds = [
  { kind: "cpu", open: () => openCpu({ threads: 1, memoryLimit: 16 << 20 }) },
  ...(webgpu ? [{ kind: "webgpu", open: () => openWebgpu({ memoryLimit: 7 << 20 }) }] : []),
];

describe.each(kinds)("without memory on $kind", ({ open }) => {
  async function opened() {
    const device = await open();
    setDefaultDevice(device);
    onTestFinished(async () => {
      setDefaultDevice(null);
      await device.destroy();
    });
    const handedOut = () => {
      const { liveBlocks, liveBytes } = device.memory();
      return { liveBlocks, liveBytes };
    };
    return { device, handedOut };
  }

  it.each([
    ["adam", (parameters: Tensor[]) => adam(parameters)],
    ["rmsprop", (parameters: Tensor[]) => rmsprop(parameters, { momentum: 0.9 })],
    ["sgd", (parameters: Tensor[]) => sgd(parameters, { momentum: 0.9 })],
  ])("%s leaves the parameters where they were, and a smaller optimizer fits", async (_, make) => {
    const { device, handedOut } = await opened();
    const weights = parameter(new Float32Array(size).fill(2), [size]);
    const before = handedOut();
    const words = freeWords(device.stepWords);
    expect(() => make([weights])).toThrow(/^optimizer \w+ \[\d+\]: out of memory on the (cpu|webgpu) device/);
    expect(handedOut()).toEqual(before);
    expect(freeWords(device.stepWords)).toBe(words);
    using smaller = sgd([weights], { learningRate: 0.5 });
    using gradient = tensor(new Float32Array(size).fill(1));
    smaller.update([gradient]);
    gradient.dispose();
    expect((await weights.data()).every((value) => value === 1.5)).toBe(true);
    weights.dispose();
  });

  it("an optimizer takes no memory where there are not enough step words", async () => {
    const { device, handedOut } = await opened();
    const weights = parameter(new Float32Array(4).fill(2), [4]);
    const before = handedOut();
    const taken = Array.from({ length: freeWords(device.stepWords) - 2 }, () => device.stepWords.reserve());
    expect(() => adam([weights])).toThrow("step words: all 256 are taken");
    expect(handedOut()).toEqual(before);
    expect(freeWords(device.stepWords)).toBe(2);
    for (const slot of taken) device.stepWords.release(slot);
    expect([...(await weights.data())]).toEqual([2, 2, 2, 2]);
    weights.dispose();
  });

  it("an average whose statistics do not fit keeps nothing either", async () => {
    const { device, handedOut } = await opened();
    const random = new RandomStreams(3);
    const model = new Sequential([new Dense({ inputs: 5, units: 3 }, random), new BatchNormalization({ inputs: 3 })]);
    using optimizer = sgd(model.parameters());
    const [before, words] = [handedOut(), freeWords(device.stepWords)];
    const allocate = device.allocate.bind(device) as (byteLength: number, purpose: string) => never;
    const stub = vi.spyOn(device, "allocate").mockImplementation((byteLength: number, purpose: string) => {
      if (purpose.startsWith("averaged statistics")) throw new DeviceError("no memory");
      return allocate(byteLength, purpose);
    });
    expect(() => ema(model, optimizer)).toThrow("no memory");
    stub.mockRestore();
    expect(handedOut()).toEqual(before);
    expect(freeWords(device.stepWords)).toBe(words);
    ema(model, optimizer).dispose();
    expect(handedOut()).toEqual(before);
    model.dispose();
  });
});

/** How many step words can still be taken. */
function freeWords(stepWords: { reserve(): number; release(slot: number): void }): number {
  const taken: number[] = [];
  try {
    for (;;) taken.push(stepWords.reserve());
  } catch {
    for (const slot of taken) stepWords.release(slot);
  }
  return taken.length;
}

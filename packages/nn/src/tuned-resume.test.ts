/** @file A run that is stopped, saved and resumed takes the same steps, the tuner having chosen its kernels. */
import {
  augmentBatchFromStep,
  crossEntropy,
  type Device,
  gradients,
  openDevice,
  randomBits,
  scope,
  setDefaultDevice,
  tensor,
  type VariantChoices,
} from "@tessera/tensor";
import { openWebgpuOrWarn } from "@tessera/tensor/testing";
import { describe, expect, it } from "vitest";
import { RandomStreams } from "./initializers.ts";
import { BatchNormalization } from "./layers/batch-normalization.ts";
import { Conv2D } from "./layers/conv2d.ts";
import { Dense } from "./layers/dense.ts";
import { Dropout } from "./layers/dropout.ts";
import { Flatten } from "./layers/flatten.ts";
import { MaxPooling2D } from "./layers/max-pooling2d.ts";
import { Sequential } from "./layers/sequential.ts";
import { adam } from "./optim/adam.ts";
import { step } from "./step.ts";
import { loadCheckpoint, saveCheckpoint, saveWeights } from "./weights.ts";

const side = 8;
const imagesInSet = 12;
const batchSize = 6;

/** A small network of this set on a device. */
async function openRun(choice: "cpu" | "webgpu", mode: "force" | "off") {
  const device = await openDevice(choice, { threads: 2, tune: mode, tuneStorage: null });
  setDefaultDevice(device);
  const random = new RandomStreams(1);
  const model = new Sequential([
    new Conv2D({ inputs: 3, filters: 8, kernelSize: 3, padding: "same", activation: "relu" }, random),
    new BatchNormalization({ inputs: 8 }),
    new Conv2D({ inputs: 8, filters: 20, kernelSize: 3, padding: "same", activation: "elu" }, random),
    new MaxPooling2D(),
    new Dropout(0.3, random),
    new Flatten(),
    new Dense({ inputs: 16 * 20, units: 5 }, random),
  ]).train();
  const optimizer = adam(model.parameters());
  const bytes = randomBits({ seed: 2, stream: 0 }, imagesInSet * side * side * 3);
  const images = tensor(
    Uint8Array.from(bytes, (bits) => bits >>> 24),
    [imagesInSet, side, side, 3],
  );
  const table = tensor(
    Float32Array.from({ length: 768 }, (_, i) => (i % 256) / 255),
    [256, 3],
  );
  const loss = (iteration: number) => {
    const picks = randomBits({ seed: 3, stream: 0, counter: iteration * batchSize }, batchSize);
    const indices = Int32Array.from(picks, (bits) => bits % imagesInSet);
    const batch = augmentBatchFromStep(images, tensor(indices), table, { seed: 4, stream: 9, flip: 0.5, padding: 2 });
    return crossEntropy(model.forward(batch), tensor(indices.map((index) => index % 5)));
  };
  const train = (steps: number) => {
    for (let i = 0; i < steps; i++) step(optimizer, () => ({ loss: loss(optimizer.iterations) }));
  };
  const tune = (webgpu: Device) =>
    webgpu.kind === "webgpu"
      ? webgpu.tune(() => scope(() => void gradients(loss(0), optimizer.parameters)))
      : Promise.resolve([]);
  return { device, model, optimizer, train, tune: () => tune(device) };
}

const chosen = ({ device }: { device: Device }): VariantChoices => (device.kind === "webgpu" ? device.variants : {});

const webgpu = await openWebgpuOrWarn();
await webgpu?.destroy();

describe.each(webgpu ? (["cpu", "webgpu"] as const) : (["cpu"] as const))("on %s", (choice) => {
  it("takes twenty steps as ten, a checkpoint, and ten on another device", async () => {
    const whole = await openRun(choice, "force");
    const before = await saveWeights(whole.model);
    const reports = await whole.tune();
    expect(await saveWeights(whole.model)).toEqual(before); // tuning computes nothing of the model's
    if (whole.device.kind === "webgpu") {
      expect(reports.length).toBeGreaterThan(5);
      // Whatever won, one choice is not the default, so that a run that is resumed without the choices differs in them.
      whole.device.imposeVariants({ [reports[0]!.bucket]: "registers4x8-small-groups" });
    }
    whole.train(10);
    const checkpoint = await saveCheckpoint(whole.model, whole.optimizer);
    const variants: VariantChoices = JSON.parse(JSON.stringify(chosen(whole)));
    whole.train(10);
    const expected = await saveWeights(whole.model);
    expect(expected).not.toEqual(before);
    expect(chosen(whole)).toEqual(variants);
    await whole.device.destroy();

    // The checkpoint alone says which kernels to take.
    const resumed = await openRun(choice, "off");
    loadCheckpoint(resumed.model, resumed.optimizer, checkpoint);
    resumed.train(10);
    expect(chosen(resumed)).toEqual(variants);
    expect(await saveWeights(resumed.model)).toEqual(expected);
    await resumed.device.destroy();
    setDefaultDevice(null);
  });
});

// Trains the small CNN with dropout and augmentation, ten steps before each checkpoint that it writes, the tuner having
// chosen kernels where the checkpoint that it began with has not: node resume-steps.mjs DEVICE LOAD SAVE...
// LOAD may be empty. Prints JSON: how many buckets were timed, and the variants that ran.
import { readFileSync, writeFileSync } from "node:fs";
import { adam, cnn, loadCheckpoint, saveCheckpoint, step } from "@tessera/nn";
import { augmentBatchFromStep, crossEntropy, gradients, openDevice, randomBits, scope, tensor } from "@tessera/tensor";

const [kind, load, ...saves] = process.argv.slice(2);
const [imagesInSet, batchSize, side] = [12, 3, 8];
const device = await openDevice(kind);
const model = cnn({ classes: 10, input: [side, side, 3], width: 0.25, seed: 1 }).train();
const optimizer = adam(model.parameters());
if (load) loadCheckpoint(model, optimizer, readFileSync(load));

const bytes = Uint8Array.from(randomBits({ seed: 0, stream: 0 }, imagesInSet * side * side * 3), (bits) => bits >>> 24);
const images = tensor(bytes, [imagesInSet, side, side, 3]);
const table = tensor(
  Float32Array.from({ length: 768 }, (_, i) => Math.floor(i / 3) / 255),
  [256, 3],
);

function loss() {
  const picks = randomBits({ seed: 3, stream: 0, counter: optimizer.iterations * batchSize }, batchSize);
  const indices = Int32Array.from(picks, (bits) => bits % imagesInSet);
  const augmentation = { seed: 4, stream: 9, flip: 0.5, padding: 2, cutout: 4 };
  const batch = augmentBatchFromStep(images, tensor(indices), table, augmentation);
  return crossEntropy(model.forward(batch), tensor(indices.map((index) => index % 10)));
}

const reports =
  device.kind === "webgpu" ? await device.tune(() => scope(() => void gradients(loss(), optimizer.parameters))) : [];
for (const save of saves) {
  for (let i = 0; i < 10; i++) step(optimizer, () => ({ loss: loss() }));
  writeFileSync(save, await saveCheckpoint(model, optimizer));
}
console.log(JSON.stringify({ timed: reports.length, variants: device.kind === "webgpu" ? device.variants : {} }));
await device.destroy();

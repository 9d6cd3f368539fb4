// Trains the small CNN for some steps and writes a checkpoint: node resume-steps.mjs DEVICE FROM COUNT SAVE [LOAD]
import { readFileSync, writeFileSync } from "node:fs";
import { adam, cnn, loadCheckpoint, PixelScale, saveCheckpoint, step } from "@tessera/nn";
import { crossEntropy, openDevice, randomBits, tensor } from "@tessera/tensor";

const [kind, from, count, save, load] = process.argv.slice(2);
const device = await openDevice(kind);
const model = cnn({ classes: 10, seed: 1 }).train();
const optimizer = adam(model.parameters());
if (load) loadCheckpoint(model, optimizer, readFileSync(load));
const pixels = new PixelScale();
const size = 2;
for (let counter = Number(from); counter < Number(from) + Number(count); counter++) {
  const images = Uint8Array.from(randomBits({ seed: 0, stream: 0, counter }, size * 3072), (bits) => bits >>> 24);
  const labels = Int32Array.from(randomBits({ seed: 0, stream: 1, counter }, size), (bits) => bits % 10);
  step(optimizer, () => ({
    loss: crossEntropy(model.forward(pixels.apply(images, [size, 32, 32, 3])), tensor(labels)),
  }));
}
writeFileSync(save, await saveCheckpoint(model, optimizer));
await device.destroy();

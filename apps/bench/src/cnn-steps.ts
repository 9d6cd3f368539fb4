/** @file Training steps of the small CNN on one batch of noise, dropout and Adam included. */
import { adam, cnn, PixelScale, step } from "@tessera/nn";
import { crossEntropy, type Reading, randomBits, tensor } from "@tessera/tensor";

/** As CIFAR-100 has. */
const classes = 100;

/** Makes model and batch on the default device; each call of the result takes one step, and gives its loss. */
export function cnnSteps(batchSize: number): () => Reading {
  const model = cnn({ classes }).train();
  const optimizer = adam(model.parameters());
  const pixels = new PixelScale();
  const shape = [batchSize, 32, 32, 3];
  const images = Uint8Array.from(randomBits({ seed: 0, stream: 0 }, batchSize * 3072), (bits) => bits >>> 24);
  const labels = Int32Array.from(randomBits({ seed: 0, stream: 1 }, batchSize), (bits) => bits % classes);
  return () =>
    step(optimizer, () => ({ loss: crossEntropy(model.forward(pixels.apply(images, shape)), tensor(labels)) })).loss;
}

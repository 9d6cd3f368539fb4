/** @file A batch and weights for a training step, the same for every engine. */
import { writeFileSync } from "node:fs";
import type { Module } from "@tessera/nn";
import { encode, type Tensor as StoredTensor } from "@tessera/safetensors";
import { randomBits } from "@tessera/tensor";
import { classes } from "./networks.ts";

/** Images and labels. */
export interface Workload {
  readonly images: Float32Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
}

/** Bytes that a seed gives, scaled to 0..1, and class numbers. */
export function makeWorkload(batch: number, seed = 0): Workload {
  const bits = randomBits({ seed, stream: 0 }, batch * 3072);
  return {
    images: Float32Array.from(bits, (each) => (each >>> 24) / 255),
    labels: Int32Array.from(randomBits({ seed, stream: 1 }, batch), (each) => each % classes),
    shape: [batch, 32, 32, 3],
  };
}

/** The same with every pixel times 1 ± `most`, drawn anew for each `draw`. */
export function perturbed(workload: Workload, most: number, draw: number): Workload {
  const bits = randomBits({ seed: draw, stream: 2 }, workload.images.length);
  return { ...workload, images: workload.images.map((pixel, i) => pixel * (1 + most * (bits[i]! / 2 ** 31 - 1))) };
}

/** Writes a model's weights as `model.000`, `model.001` …, in the order of the layers, and `images` and `labels`. */
export async function writeWorkload(file: string, model: Module, { images, labels, shape }: Workload): Promise<void> {
  const tensors = new Map<string, StoredTensor>();
  for (const [i, [, value]] of model.state().entries()) {
    const data = Float32Array.from(await value.data());
    tensors.set(`model.${String(i).padStart(3, "0")}`, { dtype: "F32", shape: [...value.shape], data });
  }
  tensors.set("images", { dtype: "F32", shape: [...shape], data: images });
  tensors.set("labels", { dtype: "I32", shape: [labels.length], data: labels });
  writeFileSync(file, encode(tensors));
}

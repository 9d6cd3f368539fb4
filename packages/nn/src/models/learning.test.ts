// Every network learns: twenty steps on one batch, with dropout off, lower the loss.
import { crossEntropy, type Device, openDevice, type Shape, setDefaultDevice, sizeOf, tensor } from "@tessera/tensor";
import { afterAll, beforeAll, expect, it } from "vitest";
import { drawImages, drawLabels } from "../../fixtures/golden-draws.ts";
import { PixelScale } from "../batch.ts";
import { DropBlock2D } from "../layers/drop-block2d.ts";
import { Dropout } from "../layers/dropout.ts";
import type { Module } from "../module.ts";
import { adam } from "../optim/adam.ts";
import { step } from "../step.ts";
import { alexnet } from "./alexnet.ts";
import { attention } from "./attention.ts";
import { cnn } from "./cnn.ts";
import { cnnDropBlock } from "./cnn-drop-block.ts";
import { colorizeCnn, colorizeUnet } from "./colorize.ts";
import { deeplab } from "./deeplab.ts";
import { elu11Paper } from "./elu11-paper.ts";
import { elu18 } from "./elu18.ts";
import { elu18Paper } from "./elu18-paper.ts";
import { miniCnn } from "./mini-cnn.ts";
import { resnetDropBlock } from "./resnet-drop-block.ts";
import { resnet9 } from "./resnet9.ts";
import { resnet18 } from "./resnet18.ts";
import { separable } from "./separable.ts";

const full = process.env.TESSERA_FULL === "1";
if (!full) console.warn("SHORTENED: networks learn at a fraction of their width: set TESSERA_FULL=1 for all of it");

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu", { threads: 2 });
  setDefaultDevice(device);
});
afterAll(() => device.destroy());

interface Row {
  readonly name: string;
  readonly make: (options: { classes: number; width: number }) => Module;
  /** Height, width and channels of an image. Default: [32, 32, 3]. */
  readonly input?: readonly [number, number, number];
  /** Width in the short run. Default: 1/8. */
  readonly narrow?: number;
  /** Adam's. Default: its own, 1e-3. */
  readonly learningRate?: number;
}

const rows: readonly Row[] = [
  { name: "alexnet", make: alexnet, input: [227, 227, 3] },
  { name: "attention", make: attention },
  { name: "cnn", make: cnn },
  { name: "cnn-dropblock", make: cnnDropBlock },
  { name: "colorize-cnn", make: colorizeCnn, input: [32, 32, 1] },
  { name: "colorize-unet", make: colorizeUnet, input: [32, 32, 1] },
  { name: "deeplab", make: deeplab, input: [64, 48, 3] },
  { name: "elu11-paper", make: elu11Paper, narrow: 1 / 4 },
  // Eighteen layers without normalisation: steps of 1e-3 in each of their many weights overshoot at full width.
  { name: "elu18", make: elu18, learningRate: 1e-4 },
  { name: "elu18-paper", make: elu18Paper, learningRate: 1e-4 },
  { name: "mini-cnn", make: miniCnn },
  { name: "resnet-dropblock", make: resnetDropBlock },
  { name: "resnet18", make: resnet18 },
  { name: "resnet9", make: resnet9 },
  { name: "separable", make: separable },
];

/** Switches off what drops values, in a module and all inside it. */
function keepAll(module: Module): void {
  if (module instanceof Dropout) module.rate = 0;
  if (module instanceof DropBlock2D) module.keepProbability = 1;
  for (const [, child] of module.children()) keepAll(child);
}

/** Labels of images, or of pixels: there one for each square of 16 pixels, so that a coarse map can tell them apart. */
function labelsFor(shape: Shape): Int32Array {
  const drawn = drawLabels(256).map((label) => label % 10);
  if (shape.length === 1) return drawn.slice(0, shape[0]);
  const [, height, width] = shape as [number, number, number];
  return Int32Array.from({ length: sizeOf(shape) }, (_, i) => {
    const [image, row, column] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    return drawn[16 * image + 4 * (row >> 4) + (column >> 4)]!;
  });
}

/** Losses of twenty steps on one batch of four images. */
async function losses(
  model: Module,
  input: readonly [number, number, number],
  learningRate: number,
): Promise<number[]> {
  const shape = [4, ...input];
  const [images, rows] = [drawImages(shape), model.outputShape(shape).slice(0, -1)];
  const labels = labelsFor(rows);
  using optimizer = adam(model.parameters(), { learningRate });
  using pixels = new PixelScale({ channels: input[2] });
  const found: number[] = [];
  for (let i = 0; i < 20; i++) {
    const { loss } = step(optimizer, () => ({
      loss: crossEntropy(model.forward(pixels.apply(images, shape)), tensor(labels, rows)),
    }));
    found.push(await loss.value());
  }
  return found;
}

it.each(rows)(
  "$name learns a batch",
  async ({ make, input = [32, 32, 3], narrow = 1 / 8, learningRate = 1e-3 }) => {
    using model = make({ classes: 10, width: full ? 1 : narrow });
    keepAll(model);
    const found = await losses(model.train(), input, learningRate);
    console.log(`${found[0]} → ${found.at(-1)}`);
    expect(found.every(Number.isFinite)).toBe(true);
    expect(found.at(-1)!).toBeLessThan(0.9 * found[0]!);
  },
  900_000,
);

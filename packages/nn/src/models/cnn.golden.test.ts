// The small CNN's first ten steps beside PyTorch's, from the same weights and images. The goldens and their provenance
// are in goldens/cnn.json; scripts/goldens/cnn.py made them and says what each number is drawn from.

import { crossEntropy, gradients, openDevice, scope, setDefaultDevice, tensor, uniform } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawBatch, drawWeights } from "../../fixtures/golden-draws.ts";
import goldens from "../../goldens/cnn.json" with { type: "json" };
import { PixelScale } from "../batch.ts";
import { evaluate } from "../evaluate.ts";
import type { Module } from "../module.ts";
import { adam } from "../optim/adam.ts";
import { step } from "../step.ts";
import { cnn } from "./cnn.ts";

const projections = 8;

function goldenModel(): Module {
  const model = cnn({ classes: 100, dropout: [0, 0, 0, 0] });
  drawWeights(model);
  return model;
}

function goldenRun(size: number) {
  const run = goldens.runs.find(({ batch }) => batch === size);
  if (!run) throw new Error(`no golden for batches of ${size}`);
  return run;
}

/** The software GPU takes about a second per GFLOP: it gets the small batch. */
const batchSizes = { cpu: 32, webgpu: 4 } as const;

/**
 * How far sums may be off beside PyTorch's float32. `stray` is for roundings, which Winograd's products count up to 7.1
 * times (see the cases of conv2d). `gradient` is not derived from them: a ReLU or a maximum of all but equal values that
 * chooses otherwise moves a gradient of this network by some 1e-3 of its norm each, and more roundings make more of them.
 * With Winograd and relaxed SIMD, norms and projections of conv0.kernel are off by up to 1.8e-3 of the norm, those of
 * conv3.bias by up to 8.0e-3, and those of the layers behind by less than 1e-5, which is what roundings alone make.
 * Winograd gets the project's measure for whole networks, 1e-2, as in networks.golden.test.ts; plain sums are held to
 * 1e-3.
 */
const plainSums = { gradient: 1e-3, stray: 4 };
const winogradSums = { gradient: 1e-2, stray: 7.1 * 4 };

const devices = [
  ...(await openTestDevices()),
  { name: "cpu without Winograd", device: await openDevice("cpu", { threads: 2, winograd: false }) },
  {
    name: "cpu without Winograd and relaxed SIMD",
    device: await openDevice("cpu", { threads: 2, winograd: false, relaxedSimd: false }),
  },
];

describe.each(devices)("the small CNN beside PyTorch on $name", ({ device }) => {
  const allowed = device.kind === "cpu" && device.winograd ? winogradSums : plainSums;

  beforeAll(() => {
    setDefaultDevice(device);
  });

  afterAll(async () => {
    await device.destroy();
  });

  it("has the gradients of the first step", async () => {
    const golden = goldenRun(batchSizes[device.kind]);
    using model = goldenModel().train();
    const pixels = new PixelScale();
    const { images, labels, shape } = drawBatch(golden.batch, 0);
    const found = scope(() => {
      const loss = crossEntropy(model.forward(pixels.apply(images, shape)), tensor(labels));
      return gradients(loss, model.parameters());
    });
    for (const [i, { name, norm, projections: expected }] of golden.firstGradients.entries()) {
      const gradient = Float64Array.from(await found[i]!.data());
      const length = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
      expect(Math.abs(length - norm), `norm of ${name}`).toBeLessThan(allowed.gradient * norm + 1e-6);
      for (let j = 0; j < projections; j++) {
        const vector = uniform({ seed: 4, stream: i, counter: j }, gradient.length, -1, 1);
        const product = gradient.reduce((sum, value, k) => sum + value * vector[k]!, 0);
        expect(Math.abs(product - expected[j]!), `projection ${j} of ${name}`).toBeLessThan(
          allowed.gradient * norm + 1e-6,
        );
      }
      found[i]!.dispose();
    }
    pixels.dispose();
  });

  it("follows the losses of ten steps of Adam, and the evaluation after them", async () => {
    const golden = goldenRun(batchSizes[device.kind]);
    using model = goldenModel().train();
    using optimizer = adam(model.parameters(), { learningRate: 1e-3, epsilon: 1e-7 });
    const pixels = new PixelScale();
    const losses: number[] = [];
    for (let counter = 0; counter < 10; counter++) {
      const { images, labels, shape } = drawBatch(golden.batch, counter);
      const readings = step(optimizer, () => ({
        loss: crossEntropy(model.forward(pixels.apply(images, shape)), tensor(labels)),
      }));
      losses.push(await readings.loss.value());
    }
    const exact = golden.losses.float64;
    const distance = (values: readonly number[]) => Math.max(...values.map((value, i) => Math.abs(value - exact[i]!)));
    expect(Math.abs(losses[0]! / exact[0]! - 1)).toBeLessThan(1e-5);
    expect(Math.abs(losses[1]! / exact[1]! - 1)).toBeLessThan(1e-4);
    // Training amplifies rounding; PyTorch's own float32 says by how much.
    expect(distance(losses)).toBeLessThan(allowed.stray * distance(golden.losses.float32));
    const { loss } = await evaluate(model, [drawBatch(golden.batch, 10)], { pixels });
    const own = Math.abs(golden.evaluation.float32 - golden.evaluation.float64);
    console.log(
      `${device.description}: strayed ${distance(losses).toExponential(2)}, PyTorch's float32 ${distance(golden.losses.float32).toExponential(2)}; evaluation ${loss} beside ${golden.evaluation.float64} (PyTorch's own distance ${own})`,
    );
    pixels.dispose();
  });
});

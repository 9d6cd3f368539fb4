import { randomBits, setDefaultDevice, trackLeaks } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evaluate, predict } from "./evaluate.ts";
import { fit } from "./fit.ts";
import { RandomStreams } from "./initializers.ts";
import { BatchNormalization } from "./layers/batch-normalization.ts";
import { Conv2D } from "./layers/conv2d.ts";
import { Dense } from "./layers/dense.ts";
import { Dropout } from "./layers/dropout.ts";
import { Flatten } from "./layers/flatten.ts";
import { MaxPooling2D } from "./layers/max-pooling2d.ts";
import { Sequential } from "./layers/sequential.ts";
import { adam } from "./optim/adam.ts";
import type { Optimizer } from "./optim/optimizer.ts";
import { sgd } from "./optim/sgd.ts";
import { loadCheckpoint, loadWeights, saveCheckpoint, saveWeights } from "./weights.ts";

/** A network with every layer, small enough for a software GPU. */
function tiny(seed: number): Sequential {
  const random = new RandomStreams(seed);
  return new Sequential([
    new Conv2D({ inputs: 3, filters: 5, kernelSize: 3, padding: "same", activation: "relu" }, random),
    new BatchNormalization({ inputs: 5, momentum: 0.9 }),
    new MaxPooling2D(),
    new Dropout(0.25, random),
    new Flatten(),
    new Dense({ inputs: 5 * 3 * 3, units: 4 }, random),
  ]);
}

/** Images whose mean brightness in one quadrant tells the class: learnable in a few steps. */
function batch(counter: number, size = 8) {
  const images = Uint8Array.from(randomBits({ seed: 5, stream: 0, counter }, size * 6 * 6 * 3), (bits) => bits >>> 26);
  const labels = Int32Array.from(randomBits({ seed: 5, stream: 1, counter }, size), (bits) => bits % 4);
  labels.forEach((label, n) => {
    for (let y = 0; y < 3; y++) {
      const row = (n * 36 + ((label >> 1) * 3 + y) * 6 + (label & 1) * 3) * 3;
      images.fill(220, row, row + 9);
    }
  });
  return { images, labels, shape: [size, 6, 6, 3] };
}

const batchesFrom = (start: number, count: number) => Array.from({ length: count }, (_, i) => batch(start + i));

async function weightsAfter(
  model: Sequential,
  optimizer: Optimizer,
  start: number,
  steps: number,
): Promise<Uint8Array> {
  await fit(model, optimizer, { train: () => batchesFrom(start, steps) });
  return saveWeights(model);
}

const devices = await openTestDevices();

describe.each(devices)("training on $name", ({ device }) => {
  beforeAll(() => setDefaultDevice(device));
  afterAll(() => device.destroy());

  it("learns, with a result for each epoch", async () => {
    using model = tiny(0);
    using optimizer = adam(model.parameters(), { learningRate: 0.01 });
    const seen: number[] = [];
    const { history, interrupted } = await fit(model, optimizer, {
      train: (epoch) => batchesFrom(epoch * 100, 20),
      validation: () => batchesFrom(1, 5),
      epochs: 3,
      callbacks: [{ name: "seen", onEpochEnd: ({ epoch }) => void seen.push(epoch) }],
    });
    expect(interrupted).toBe(false);
    expect(seen).toEqual([1, 2, 3]);
    expect(history.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(history[0]!.loss).toBeLessThan(3);
    expect(history[2]!.loss).toBeLessThan(history[0]!.loss / 2);
    expect(history[2]!.val_accuracy).toBeGreaterThan(0.9);
    expect(history[2]!.val_top5_accuracy).toBe(1);
    expect(history[2]!.images_per_second).toBeGreaterThan(0);
  });

  it("says how long it waited for batches and for the device", async () => {
    using model = tiny(0);
    using optimizer = sgd(model.parameters(), { learningRate: 0.1 });
    async function* slow() {
      for (const each of batchesFrom(0, 3)) {
        await new Promise((done) => setTimeout(done, 30));
        yield each;
      }
    }
    const { history } = await fit(model, optimizer, { train: slow, epochs: 2 });
    for (const { seconds, input_seconds, device_seconds } of history) {
      // Timers may come a millisecond early.
      expect(input_seconds).toBeGreaterThan(3 * 0.028);
      expect(device_seconds).toBeGreaterThan(0);
      expect(input_seconds! + device_seconds!).toBeLessThanOrEqual(seconds);
    }
  });

  it("gives the same weights for the same seed, and others for another", async () => {
    const run = async (seed: number) => {
      using model = tiny(seed);
      using optimizer = adam(model.parameters());
      return await weightsAfter(model, optimizer, 0, 6);
    };
    const [first, second, other] = [await run(1), await run(1), await run(2)];
    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it.each(["adam", "sgd"] as const)("takes ten steps of %s as five, a checkpoint, and five", async (name) => {
    const make = (model: Sequential) =>
      name === "adam" ? adam(model.parameters()) : sgd(model.parameters(), { momentum: 0.9, nesterov: true });
    using whole = tiny(3);
    using wholeOptimizer = make(whole);
    const expected = await weightsAfter(whole, wholeOptimizer, 0, 10);
    using before = tiny(3);
    using beforeOptimizer = make(before);
    await weightsAfter(before, beforeOptimizer, 0, 5);
    const checkpoint = await saveCheckpoint(before, beforeOptimizer);
    // Other weights and another learning rate, which the checkpoint replaces. The seed of its masks is the model's own.
    using after = tiny(3);
    using afterOptimizer = make(after);
    await weightsAfter(after, afterOptimizer, 50, 2);
    afterOptimizer.learningRate = 7;
    loadCheckpoint(after, afterOptimizer, checkpoint);
    expect(afterOptimizer.iterations).toBe(5);
    expect(await weightsAfter(after, afterOptimizer, 5, 5)).toEqual(expected);
  });

  it("stops at the signal and says so", async () => {
    using model = tiny(0);
    using optimizer = adam(model.parameters());
    const stop = new AbortController();
    const { history, interrupted } = await fit(model, optimizer, {
      train: () => batchesFrom(0, 10),
      signal: stop.signal,
      callbacks: [{ name: "third", onBatchEnd: ({ batches }) => void (batches === 3 && stop.abort()) }],
    });
    expect(interrupted).toBe(true);
    expect(history).toEqual([]);
    expect(optimizer.iterations).toBe(3);
  });

  it("stops soon after a signal from outside, and has figures from the first batch on", async () => {
    using model = tiny(0);
    using optimizer = adam(model.parameters());
    const losses: number[] = [];
    const { interrupted } = await fit(model, optimizer, {
      train: function* () {
        for (let i = 0; i < 100_000; i++) yield batch(i % 10);
      },
      signal: AbortSignal.timeout(300),
      callbacks: [{ name: "losses", onBatchEnd: ({ means }) => void losses.push(means.loss) }],
    });
    expect(interrupted).toBe(true);
    expect(losses.every(Number.isFinite)).toBe(true);
  });

  it("evaluates and predicts in inference mode, batch by batch as in one piece", async () => {
    using model = tiny(0).train();
    const { images, labels, shape } = batch(0, 8);
    const half = (part: number) => ({
      images: images.slice(part * 432, (part + 1) * 432),
      labels: labels.slice(part * 4, (part + 1) * 4),
      shape: [4, 6, 6, 3],
    });
    const [whole] = await predict(model, [{ images, shape }]);
    const [first, second] = await predict(model, [half(0), half(1)]);
    expect([...first!, ...second!]).toEqual([...whole!]);
    const inOne = await evaluate(model, [{ images, labels, shape }]);
    const inTwo = await evaluate(model, [half(0), half(1)]);
    expect(inTwo.loss).toBeCloseTo(inOne.loss, 6);
    expect(inTwo.accuracy).toBe(inOne.accuracy);
    expect(model.training).toBe(true);
    const [, frozen] = model.children().find(([name]) => name === "batch_normalization")!;
    frozen.eval();
    await evaluate(model, [{ images, labels, shape }]);
    expect([model.training, frozen.training]).toEqual([true, false]);
    await expect(evaluate(model, [])).rejects.toThrow("evaluate: there are no batches");
  });

  it("takes images of float32 as the numbers that they are", async () => {
    const model = tiny(4);
    const bytes = batch(3);
    const floats = { ...bytes, images: Float32Array.from(bytes.images, (value) => value / 255) };
    expect(await evaluate(model, [floats])).toEqual(await evaluate(model, [bytes]));
    expect(await predict(model, [floats])).toEqual(await predict(model, [bytes]));
    const { history } = await fit(model, sgd(model.parameters(), { learningRate: 0.1 }), { train: () => [floats] });
    const same = tiny(4);
    await fit(same, sgd(same.parameters(), { learningRate: 0.1 }), { train: () => [bytes] });
    expect(history).toHaveLength(1);
    expect(await saveWeights(model)).toEqual(await saveWeights(same));
  });

  it("leaks nothing", async () => {
    using model = tiny(0);
    using optimizer = adam(model.parameters());
    // The device's own rings and constants are made by the first steps.
    await weightsAfter(model, optimizer, 0, 2);
    const live = device.memory().liveBlocks;
    const leaks = trackLeaks();
    await weightsAfter(model, optimizer, 2, 20);
    await evaluate(model, batchesFrom(0, 3));
    expect(leaks()).toEqual([]);
    expect(device.memory().liveBlocks).toBe(live);
  });

  it("refuses weights that do not fit, and changes nothing", async () => {
    using model = tiny(0);
    const before = await saveWeights(model);
    using wider = new Sequential([new Dense({ inputs: 4, units: 2 }, new RandomStreams(0))]);
    expect(() => loadWeights(wider, before)).toThrow(
      /weights: the file has "(conv2d|batch)[^"]*", which the model does not/,
    );
    using other = new Sequential([new Dense({ inputs: 45, units: 3 }, new RandomStreams(0))]);
    const narrow = await saveWeights(other);
    using same = new Sequential([new Dense({ inputs: 45, units: 4 }, new RandomStreams(0))]);
    expect(() => loadWeights(same, narrow)).toThrow(
      'weights: "dense.kernel" is F32 [45, 3] in the file, F32 [45, 4] in the model',
    );
    expect(() => loadWeights(model, narrow)).toThrow('weights: the file lacks "conv2d.kernel" [3, 3, 3, 5]');
    expect(await saveWeights(model)).toEqual(before);
  });
});

// Callbacks: what each does to training, and that a resumed training does the same.
import { randomBits, setDefaultDevice } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Callback } from "../callback.ts";
import { fit } from "../fit.ts";
import { RandomStreams } from "../initializers.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Dense } from "../layers/dense.ts";
import { Dropout } from "../layers/dropout.ts";
import { Flatten } from "../layers/flatten.ts";
import { Sequential } from "../layers/sequential.ts";
import { classification } from "../objective.ts";
import { sgd } from "../optim/sgd.ts";
import { ema } from "../optim/weight-average.ts";
import { multiStepDecay } from "../schedule/schedule.ts";
import { loadCheckpoint, saveWeights } from "../weights.ts";
import { dropoutRateScheduler, elu18DropoutStages } from "./drop-schedulers.ts";
import { earlyStopping } from "./early-stopping.ts";
import { learningRateScheduler } from "./learning-rate-scheduler.ts";
import { modelCheckpoint } from "./model-checkpoint.ts";
import { reduceOnPlateau } from "./reduce-on-plateau.ts";
import { trainingCheckpoint } from "./training-checkpoint.ts";

function tiny(drop = 0.25) {
  const random = new RandomStreams(2);
  return new Sequential([
    new Flatten(),
    new Dense({ inputs: 12, units: 6, activation: "relu" }, random),
    new Dropout(drop, random),
    new Dense({ inputs: 6, units: 3 }, random),
  ]);
}

const batch = (counter: number, size = 4) => ({
  images: Uint8Array.from(randomBits({ seed: 3, stream: 0, counter }, size * 12), (bits) => bits >>> 24),
  labels: Int32Array.from(randomBits({ seed: 3, stream: 1, counter }, size), (bits) => bits % 3),
  shape: [size, 2, 2, 3],
});

const train = (epoch: number, from: number) => [0, 1, 2, 3, 4].slice(from).map((i) => batch(epoch * 5 + i));

/** Gives an epoch's result a value of the test's own. */
const withValue = (values: readonly number[]): Callback => ({
  name: "values",
  onEpochEnd: (result) => void Object.assign(result, { value: values[result.epoch - 1] }),
});

const [device] = await openTestDevices();

beforeAll(() => setDefaultDevice(device!.device));
afterAll(() => device!.device.destroy());

describe("callbacks", () => {
  it("set the learning rate by epoch and by iteration, in the order of the list", async () => {
    for (const [by, expected] of [
      ["epoch", [1, 1, 0.5]],
      ["iteration", [0.5, 0.5, 0.5]],
    ] as const) {
      using model = tiny();
      using optimizer = sgd(model.parameters(), { learningRate: 1 });
      const rates: number[] = [];
      const lines: string[] = [];
      const schedule = multiStepDecay({ initial: 1, factor: 0.5, milestones: [2] });
      const rate: Callback = { name: "rate", onEpochEnd: () => void rates.push(optimizer.learningRate) };
      const callbacks = [learningRateScheduler(schedule, { by, say: (line) => lines.push(line) }), rate];
      await fit(model, optimizer, { train, epochs: 3, callbacks });
      expect(rates).toEqual(expected);
      expect(lines).toEqual([`Epoch ${by === "epoch" ? 3 : 1}: LearningRateScheduler setting learning rate to 0.5.`]);
    }
  });

  it("stop when the value stalls, with the best epoch's weights", async () => {
    using model = tiny();
    using optimizer = sgd(model.parameters(), { learningRate: 0.1 });
    const saved: Uint8Array[] = [];
    const keep: Callback = { name: "keep", onEpochEnd: async () => void saved.push(await saveWeights(model)) };
    const stop = earlyStopping({ monitor: "value", patience: 2, minDelta: 0.1 });
    const callbacks = [withValue([3, 2, 1.95, 1.91, 0]), keep, stop];
    const { history, stopped, interrupted } = await fit(model, optimizer, { train, epochs: 9, callbacks });
    expect(history).toHaveLength(4);
    expect([stopped, interrupted]).toEqual(["value has not improved since epoch 2", false]);
    expect(await saveWeights(model)).toEqual(saved[1]);
  });

  it("lower the rate on a plateau, wait, and no further than the minimum", async () => {
    using model = tiny();
    using optimizer = sgd(model.parameters(), { learningRate: 1 });
    const rates: number[] = [];
    const rate: Callback = { name: "rate", onEpochEnd: () => void rates.push(optimizer.learningRate) };
    const plateau = reduceOnPlateau({ monitor: "value", factor: 0.5, patience: 2, cooldown: 1, minimum: 0.3 });
    const callbacks = [withValue([5, 5, 5, 5, 5, 5, 5, 5]), plateau, rate];
    await fit(model, optimizer, { train, epochs: 8, callbacks });
    expect(rates).toEqual([1, 1, 0.5, 0.5, 0.3, 0.3, 0.3, 0.3]);
  });

  it("write the best weights by a value, the last, and every second epoch", async () => {
    using model = tiny();
    using optimizer = sgd(model.parameters(), { learningRate: 0.1 });
    const files = new Map<string, number[]>();
    const lines: string[] = [];
    let epoch = 0;
    const write = (name: string) => void files.set(name, [...(files.get(name) ?? []), epoch]);
    const count: Callback = {
      name: "count",
      onEpochBegin(context) {
        epoch = context.epoch;
      },
    };
    const say = (line: string) => void lines.push(line);
    const checkpoint = modelCheckpoint({ write, monitor: "value", mode: "max", everyEpochs: 2, everyBatches: 4, say });
    await fit(model, optimizer, { train, epochs: 3, callbacks: [count, withValue([1, 3, 2]), checkpoint] });
    expect(Object.fromEntries(files)).toEqual({
      ...{ "best.safetensors": [1, 2], "last.safetensors": [1, 2, 3], "epoch-2.safetensors": [2] },
      ...{ "iteration-4.safetensors": [1], "iteration-9.safetensors": [2], "iteration-14.safetensors": [3] },
    });
    expect(lines).toEqual([
      "Epoch 1: value improved from -inf to 1.00000, saving model to best.safetensors",
      "Epoch 2: value improved from 1.00000 to 3.00000, saving model to best.safetensors",
      "Epoch 3: value did not improve from 3.00000",
    ]);
    const unknown = fit(model, optimizer, { train, callbacks: [modelCheckpoint({ write })] });
    await expect(unknown).rejects.toThrow(/modelCheckpoint: monitor: expected one of epoch, loss.*got "val_loss"/);
  });

  it("set dropout's rates by the paper's stages", async () => {
    expect(elu18DropoutStages()).toEqual([
      { from: 85_000, rates: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0] },
      {
        from: 135_000,
        rates: [0, 0.15000000000000002, 0.30000000000000004, 0.44999999999999996, 0.6000000000000001, 0.75, 0],
      },
    ]);
    using model = tiny(0.5);
    using optimizer = sgd(model.parameters(), { learningRate: 0.1 });
    const layer = model.children().find(([name]) => name === "dropout")![1] as Dropout;
    const rates: number[] = [];
    const rate: Callback = { name: "rate", onBatchEnd: () => void rates.push(layer.rate) };
    const stages = [
      { from: 2, rates: [0.1] },
      { from: 4, rates: [0] },
    ];
    await fit(model, optimizer, { train, callbacks: [dropoutRateScheduler({ stages }), rate] });
    expect(rates).toEqual([0.5, 0.5, 0.1, 0.1, 0]);
    expect(() => dropoutRateScheduler({ stages: [{ from: 0, rates: [2] }] })).toThrow("each rate should be float");
    const odd = dropoutRateScheduler({ stages: [{ from: 0, rates: [0.1, 0.2] }] });
    const wrong = fit(model, optimizer, { train, callbacks: [odd] });
    await expect(wrong).rejects.toThrow("rates should be a list of 1, one for each layer, got 2");
  });

  it("go on from any safe point as if nothing had happened", async () => {
    const run = async (state: Uint8Array | null, files: Map<string, Uint8Array>) => {
      using model = tiny();
      using optimizer = sgd(model.parameters(), { learningRate: 0.1, momentum: 0.9 });
      using average = ema(model, optimizer, { decay: 0.9 });
      let n = 0;
      const write = (_: string, bytes: Uint8Array) => void files.set(`${n++}`, bytes);
      const found = state && loadCheckpoint(model, optimizer, state, { average });
      const { history } = await fit(model, optimizer, {
        ...{ train, epochs: 4, average, state: found, accumulate: 2, validation: () => [batch(99)] },
        callbacks: [
          reduceOnPlateau({ patience: 1, minDelta: 10 }),
          earlyStopping({ patience: 3, minDelta: 10 }),
          trainingCheckpoint({ write, everyBatches: 1 }),
        ],
      });
      const times = { seconds: 0, images_per_second: 0, input_seconds: 0, device_seconds: 0 };
      return {
        history: history.map((each) => ({ ...each, ...times })),
        weights: await saveWeights(model),
        optimizer: optimizer.iterations,
      };
    };
    const files = new Map<string, Uint8Array>();
    const whole = await run(null, files);
    expect(whole.optimizer).toBe(12);
    expect(files.size).toBe(12);
    for (const at of ["0", "2", "4", "7", "11"]) expect(await run(files.get(at)!, new Map()), at).toEqual(whole);
    using model = tiny();
    using optimizer = sgd(model.parameters(), { learningRate: 0.1, momentum: 0.9 });
    using average = ema(model, optimizer);
    const state = loadCheckpoint(model, optimizer, files.get("3")!, { average });
    await expect(fit(model, optimizer, { train, state, epochs: 4 })).rejects.toThrow(
      "fit: the state is of the callbacks reduce on plateau, early stopping, in this order, got none",
    );
  });
});

describe("fit", () => {
  it("makes the step of a large batch of small ones", async () => {
    const after = async (batches: ReturnType<typeof batch>[], accumulate: number) => {
      using model = tiny(0);
      using optimizer = sgd(model.parameters(), { learningRate: 0.5 });
      await fit(model, optimizer, { train: () => batches, accumulate });
      expect(optimizer.iterations).toBe(1);
      return (await Promise.all(model.parameters().map((each) => each.data()))).flatMap((each) => [...each]);
    };
    const { images, labels } = batch(0, 8);
    const part = (from: number, to: number) => ({
      ...{ images: images.slice(from * 12, to * 12), labels: labels.slice(from, to), shape: [to - from, 2, 2, 3] },
    });
    const whole = await after([part(0, 8)], 1);
    // Sums of at most 8 gradients below 1, in another order.
    const parts = await after([part(0, 3), part(3, 8)], 3);
    for (const [i, value] of parts.entries()) expect(Math.abs(value - whole[i]!)).toBeLessThan(1e-6);
  });

  it("names batch and example of a label that is no class, and images that do not fit", async () => {
    using model = tiny();
    using optimizer = sgd(model.parameters(), { learningRate: 0.1 });
    const wrong = { ...batch(1), labels: Int32Array.of(0, 1, 7, 2) };
    await expect(fit(model, optimizer, { train: () => [batch(0), wrong] })).rejects.toThrow(
      "fit: epoch 1, batch 2: example 2: label 7 is none of the model's 3 classes, 0 … 2",
    );
    const grey = { ...batch(0), images: new Uint8Array(16), shape: [4, 2, 2, 1] };
    await expect(fit(model, optimizer, { train: () => [grey] })).rejects.toThrow(
      /^fit: the model does not take images of \[2, 2, 1\]: Dense/,
    );
  });

  it("trains on pixels, some of which do not count, and on shares of the classes", async () => {
    const random = new RandomStreams(1);
    using model = new Sequential([new BatchNormalization({ inputs: 3 }), new Dense({ inputs: 3, units: 3 }, random)]);
    using optimizer = sgd(model.parameters(), { learningRate: 0.1 });
    const pixels = { ...batch(5, 1), labels: Int32Array.of(0, 255, 2, 1), labelShape: [1, 2, 2] };
    const none = { ...pixels, labels: Int32Array.of(255, 255, 255, 255) };
    const objective = classification({ ignoreIndex: 255 });
    const { history } = await fit(model, optimizer, { train: () => [pixels, none], objective });
    const alone = classification({ ignoreIndex: 255 }).weight!(pixels);
    expect(alone).toBe(3);
    expect([0, 1 / 3, 2 / 3, 1].some((share) => Math.abs(history[0]!.accuracy - share) < 1e-6)).toBe(true);
    using rows = tiny();
    using rowOptimizer = sgd(rows.parameters(), { learningRate: 0.1 });
    const shares = { ...batch(6, 2), labels: Float32Array.of(0.5, 0.5, 0, 0, 0, 1) };
    const soft = await fit(rows, rowOptimizer, { train: () => [shares] });
    expect(soft.history[0]!.loss).toBeGreaterThan(0);
  });
});

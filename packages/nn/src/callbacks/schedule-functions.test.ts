// Schedules that see what they change: their messages, their errors, and that a resumed training goes on with them.
import { setDefaultDevice } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Callback } from "../callback.ts";
import { fit } from "../fit.ts";
import { RandomStreams } from "../initializers.ts";
import { Dense } from "../layers/dense.ts";
import { Dropout } from "../layers/dropout.ts";
import { Flatten } from "../layers/flatten.ts";
import { Sequential } from "../layers/sequential.ts";
import { sgd } from "../optim/sgd.ts";
import { loadCheckpoint } from "../weights.ts";
import { dropoutRateScheduler, drScheduler } from "./drop-schedulers.ts";
import { lrScheduler, stepLearningRateSchedulerAt } from "./learning-rate-scheduler.ts";
import { trainingCheckpoint } from "./training-checkpoint.ts";

function tiny() {
  const random = new RandomStreams(2);
  return new Sequential([
    ...[new Flatten(), new Dropout(0.5, random), new Dropout(0, random)],
    new Dense({ inputs: 12, units: 3 }, random),
  ]);
}

const train = () => [{ images: new Uint8Array(12).fill(9), labels: Int32Array.of(1), shape: [1, 2, 2, 3] }];

const [device] = await openTestDevices();

beforeAll(() => setDefaultDevice(device!.device));
afterAll(() => device!.device.destroy());

describe("stepLearningRateSchedulerAt", () => {
  it("changes the rate that there is, and says so before each epoch", async () => {
    using model = tiny();
    using optimizer = sgd(model.parameters(), { learningRate: 0.01 });
    const lines: string[] = [];
    const rates: number[] = [];
    const rate: Callback = { name: "rate", onEpochEnd: () => void rates.push(optimizer.learningRate) };
    const scheduler = stepLearningRateSchedulerAt(lrScheduler, { verbose: 1, say: (line) => void lines.push(line) });
    await fit(model, optimizer, { train, epochs: 37, callbacks: [scheduler, rate] });
    expect(rates).toEqual([...new Array(35).fill(0.01), 0.001, 0.001]);
    expect(lines).toHaveLength(37);
    expect(lines[0]).toBe("Epoch 00001: LearningRateScheduler reducing learning rate to 0.01.");
    expect(lines[35]).toBe("Epoch 00036: LearningRateScheduler reducing learning rate to 0.001.");
    expect(lrScheduler(35, 1, 0.5)).toBe(0.5);
  });

  it("prints only where it is asked to", async () => {
    using model = tiny();
    using optimizer = sgd(model.parameters(), { learningRate: 0.01 });
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    await fit(model, optimizer, { train, callbacks: [stepLearningRateSchedulerAt((_, rate) => rate)] });
    expect(log).not.toHaveBeenCalled();
    await fit(model, optimizer, { train, callbacks: [stepLearningRateSchedulerAt(() => 0.5, { verbose: true })] });
    expect(log.mock.calls).toEqual([["Epoch 00001: LearningRateScheduler reducing learning rate to 0.5."]]);
    log.mockRestore();
  });

  it("refuses what is no rate", async () => {
    using model = tiny();
    using optimizer = sgd(model.parameters(), { learningRate: 0.01 });
    for (const wrong of ["0.1", null, undefined, Number.NaN]) {
      const scheduler = stepLearningRateSchedulerAt(() => wrong as number);
      const training = fit(model, optimizer, { train, callbacks: [scheduler] });
      await expect(training).rejects.toThrow(/^The output of the "schedule" function should be float\.$/);
    }
    const context = { optimizer: {}, epoch: 1, iteration: 0 } as never;
    const scheduler = stepLearningRateSchedulerAt(lrScheduler);
    expect(() => scheduler.onEpochBegin?.(context)).toThrow(/^Optimizer must have a "learningRate" attribute\.$/);
  });
});

describe("dropoutRateScheduler with a schedule", () => {
  it("changes rates, says so, and goes on where it was", async () => {
    const lines: string[] = [];
    const grow = (epoch: number, layers: Dropout[]) => {
      if (epoch === 1) for (const layer of layers) layer.rate += 0.25;
      return layers;
    };
    const scheduler = () => dropoutRateScheduler(grow, { verbose: 1, say: (line) => void lines.push(line) });
    const files: Uint8Array[] = [];
    const keep = trainingCheckpoint({ write: (_, bytes) => void files.push(bytes) });
    const rates = (model: Sequential) =>
      [...model.layers.values()].flatMap((layer) => (layer instanceof Dropout ? [layer.rate] : []));
    using model = tiny();
    using optimizer = sgd(model.parameters(), { learningRate: 0.01 });
    await fit(model, optimizer, { train, epochs: 2, callbacks: [scheduler(), keep] });
    expect(rates(model)).toEqual([0.75, 0.25]);
    expect(lines).toEqual([
      "Epoch 00001: Dropout rate for layer dropout: 0.5.",
      "Epoch 00001: Dropout rate for layer dropout_1: 0.",
      "Epoch 00002: Dropout rate for layer dropout: 0.75.",
      "Epoch 00002: Dropout rate for layer dropout_1: 0.25.",
    ]);
    using other = tiny();
    using otherOptimizer = sgd(other.parameters(), { learningRate: 0.01 });
    const state = loadCheckpoint(other, otherOptimizer, files.at(-1)!);
    await fit(other, otherOptimizer, { train, epochs: 3, state, callbacks: [scheduler()] });
    expect(rates(other)).toEqual([0.75, 0.25]);
  });

  it("refuses what is no list", async () => {
    using model = tiny();
    using optimizer = sgd(model.parameters(), { learningRate: 0.01 });
    const training = fit(model, optimizer, { train, callbacks: [dropoutRateScheduler(() => null as never)] });
    await expect(training).rejects.toThrow(/^The output of the "schedule" function should be list\.$/);
  });

  it("takes the rates of elu18's source, by iteration", () => {
    const random = new RandomStreams(1);
    const layers = Array.from({ length: 7 }, () => new Dropout(0.25, random));
    const rates = () => layers.map(({ rate }) => Number(rate.toFixed(6)));
    expect(drScheduler(84_999, layers)).toBe(layers);
    expect(rates()).toEqual(new Array(7).fill(0.25));
    drScheduler(85_000, layers);
    expect(rates()).toEqual([0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.25]);
    drScheduler(135_000, layers);
    expect(rates()).toEqual([0.375, 0.525, 0.675, 0.825, 0.95, 0.95, 0.375]);
    drScheduler(135_000, layers, { rateFactor: 0.5 });
    expect(rates()[0]).toBe(0.1875);
    drScheduler(85_000, layers, { rateList: [0.5] });
    expect(rates().slice(0, 2)).toEqual([0.6875, 0.2625]);
    for (const layer of layers) layer.dispose();
  });
});

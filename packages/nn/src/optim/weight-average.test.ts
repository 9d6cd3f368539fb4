import { type Device, setDefaultDevice, type Tensor, tensor, trackLeaks, uniform } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RandomStreams } from "../initializers.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Dense } from "../layers/dense.ts";
import { Sequential } from "../layers/sequential.ts";
import { loadCheckpoint, saveCheckpoint, saveWeights } from "../weights.ts";
import { decayGroups } from "./decay-groups.ts";
import type { Optimizer } from "./optimizer.ts";
import { sgd } from "./sgd.ts";
import { ema, swa, type WeightAverage } from "./weight-average.ts";

function small(): Sequential {
  const random = new RandomStreams(3);
  return new Sequential([new Dense({ inputs: 5, units: 3 }, random), new BatchNormalization({ inputs: 3 })]);
}

/** A step along drawn gradients, which also moves the moving statistics. */
function takeStep(model: Sequential, optimizer: Optimizer, number: number): void {
  model.train();
  const x = tensor(uniform({ seed: 1, stream: number }, 20), [4, 5]);
  model.forward(x).dispose();
  x.dispose();
  const gradients = optimizer.parameters.map(({ shape, size }, i) =>
    tensor(uniform({ seed: 2, stream: i, counter: number }, size, -1, 1), shape),
  );
  optimizer.update(gradients);
  for (const gradient of gradients) gradient.dispose();
}

async function valuesOf(state: readonly (readonly [string, Tensor])[]): Promise<Map<string, number[]>> {
  const entries = state.map(async ([name, value]) => [name, [...(await value.data())]] as [string, number[]]);
  return new Map(await Promise.all(entries));
}

/** What each update should have made of the weights seen so far. */
type Rule = (seen: readonly number[], start: number) => number;

const decay = 0.8;
const rules: Record<string, { make: (model: Sequential, optimizer: Optimizer) => WeightAverage; rule: Rule }> = {
  swa: { make: swa, rule: (seen) => seen.reduce((sum, value) => sum + value, 0) / seen.length },
  "ema none": {
    make: (model, optimizer) => ema(model, optimizer, { decay, start: "none" }),
    rule: (seen, start) => seen.reduce((average, value) => decay * average + (1 - decay) * value, start),
  },
  "ema warmUp": {
    make: (model, optimizer) => ema(model, optimizer, { decay }),
    rule: (seen, start) =>
      seen.reduce((average, value, i) => {
        const kept = Math.min(decay, (2 + i) / (11 + i));
        return kept * average + (1 - kept) * value;
      }, start),
  },
  "ema biasCorrection": {
    make: (model, optimizer) => ema(model, optimizer, { decay, start: "biasCorrection" }),
    rule: (seen) =>
      seen.reduce((average, value) => decay * average + (1 - decay) * value, 0) / (1 - decay ** seen.length),
  },
};

const devices = await openTestDevices();

describe.each(devices)("weight averages on $name", ({ device }: { device: Device }) => {
  beforeAll(() => setDefaultDevice(device));
  afterAll(() => device.destroy());

  it.each(Object.keys(rules))("%s follows its definition, statistics included", async (name) => {
    const { make, rule } = rules[name]!;
    using model = small();
    using optimizer = sgd(decayGroups(model, 0), { learningRate: 0.1 });
    takeStep(model, optimizer, 99);
    using average = make(model, optimizer);
    const start = await valuesOf(model.state());
    const seen: Map<string, number[]>[] = [];
    for (let number = 0; number < 5; number++) {
      takeStep(model, optimizer, number);
      average.update();
      seen.push(await valuesOf(model.state()));
    }
    const found = await valuesOf(average.state());
    expect([...found.keys()].sort()).toEqual([...start.keys()].sort());
    for (const [key, values] of found) {
      values.forEach((value, i) => {
        const expected = rule(
          seen.map((each) => each.get(key)![i]!),
          start.get(key)![i]!,
        );
        // A few roundings of numbers of about 1.
        expect(Math.abs(value - expected), `${key} ${i}`).toBeLessThan(2e-6);
      });
    }
  });

  it("is what the model uses while it is swapped in, and training goes on as if it had not been", async () => {
    using model = small();
    using optimizer = sgd(model.parameters(), { learningRate: 0.1 });
    using average = swa(model, optimizer);
    for (let number = 0; number < 3; number++) {
      takeStep(model, optimizer, number);
      average.update();
    }
    const own = await saveWeights(model);
    const averages = await valuesOf(average.state());
    const inside = await average.during(async () => {
      expect(average.swapped).toBe(true);
      expect(() => average.update()).toThrow("the average is swapped in, and cannot be updated");
      expect(() => optimizer.update(optimizer.parameters.map(() => null))).toThrow(
        "optimizer: an average of the weights is swapped in: swap it out before a step",
      );
      using another = ema(model, optimizer);
      expect(() => another.swapIn()).toThrow("weight average: another average is swapped in: swap it out first");
      another.swapOut();
      expect(optimizer.iterations).toBe(3);
      await expect(saveCheckpoint(model, optimizer, { average })).rejects.toThrow("swap it out first");
      return await valuesOf(model.state());
    });
    expect(inside).toEqual(new Map([...inside.keys()].map((name) => [name, averages.get(name)])));
    expect(await saveWeights(model)).toEqual(own);
    await expect(average.during(() => Promise.reject(new Error("stop")))).rejects.toThrow("stop");
    expect(await saveWeights(model)).toEqual(own);

    takeStep(model, optimizer, 3);
    const after = await saveWeights(model);
    using twin = small();
    using twinOptimizer = sgd(twin.parameters(), { learningRate: 0.1 });
    for (let number = 0; number < 4; number++) takeStep(twin, twinOptimizer, number);
    expect(after).toEqual(await saveWeights(twin));
  });

  it("resumes from a checkpoint", async () => {
    const run = async (stops: boolean) => {
      using first = small();
      using firstOptimizer = sgd(first.parameters(), { learningRate: 0.1, momentum: 0.9 });
      using firstAverage = swa(first, firstOptimizer);
      const steps = (from: number, to: number, [model, optimizer, average]: [Sequential, Optimizer, WeightAverage]) => {
        for (let number = from; number < to; number++) {
          takeStep(model, optimizer, number);
          average.update();
        }
      };
      steps(0, 3, [first, firstOptimizer, firstAverage]);
      if (!stops) {
        steps(3, 6, [first, firstOptimizer, firstAverage]);
        return await valuesOf(firstAverage.state());
      }
      const file = await saveCheckpoint(first, firstOptimizer, { average: firstAverage });
      using second = small();
      using secondOptimizer = sgd(second.parameters(), { learningRate: 0.1, momentum: 0.9 });
      expect(() => loadCheckpoint(second, secondOptimizer, file)).toThrow("the file has an average of the weights");
      using secondAverage = swa(second, secondOptimizer);
      const plain = await saveCheckpoint(second, secondOptimizer);
      expect(() => loadCheckpoint(second, secondOptimizer, plain, { average: secondAverage })).toThrow(
        "checkpoint: the file has no average of the weights",
      );
      loadCheckpoint(second, secondOptimizer, file, { average: secondAverage });
      expect(secondAverage.updates).toBe(3);
      steps(3, 6, [second, secondOptimizer, secondAverage]);
      return await valuesOf(secondAverage.state());
    };
    expect(await run(true)).toEqual(await run(false));
  });

  it("updates without new bind groups, and leaves nothing behind", async () => {
    using model = small();
    using optimizer = sgd(model.parameters());
    const live = device.memory().liveBlocks;
    const leaks = trackLeaks();
    const average = ema(model, optimizer);
    const made = () => (device.kind === "webgpu" ? device.counters.bindGroups : 0);
    average.update();
    const before = made();
    for (let i = 0; i < 3; i++) average.update();
    await model.parameters()[0]!.data();
    expect(made()).toBe(before);
    average.swapIn();
    average.dispose();
    expect(leaks()).toEqual([]);
    expect(device.memory().liveBlocks).toBe(live);
    await model.parameters()[0]!.data();
  });

  it("names what does not fit", () => {
    using model = small();
    using other = small();
    using optimizer = sgd([...model.parameters(), ...other.parameters()]);
    expect(() => swa(model, optimizer)).toThrow("the optimizer has a parameter that the model does not");
    using fitting = sgd(model.parameters());
    for (const decay of [1, -0.1, Number.NaN]) {
      expect(() => ema(model, fitting, { decay })).toThrow(`ema: decay must be in [0, 1), got ${decay}`);
    }
    const start = "cold" as "none";
    expect(() => ema(model, fitting, { start })).toThrow(
      'ema: start must be one of none, warmUp, biasCorrection, got "cold"',
    );
  });
});

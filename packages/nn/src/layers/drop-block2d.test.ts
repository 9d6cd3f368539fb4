import { crossEntropy, scope, setDefaultDevice, stepSlot, type Tensor, tensor } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RandomStreams } from "../initializers.ts";
import { sgd } from "../optim/sgd.ts";
import { step } from "../step.ts";
import { saveWeights } from "../weights.ts";
import { Dense } from "./dense.ts";
import { DropBlock2D } from "./drop-block2d.ts";
import { Flatten } from "./flatten.ts";
import { Sequential } from "./sequential.ts";

const shape = [3, 6, 6, 8];
const size = 3 * 6 * 6 * 8;

const devices = await openTestDevices();

describe.each(devices)("DropBlock2D on $name", ({ device }) => {
  beforeAll(() => setDefaultDevice(device));
  afterAll(() => device.destroy());

  const ones = () => tensor(new Float32Array(size).fill(1), shape);

  async function dropped(layer: DropBlock2D, number: number): Promise<number[]> {
    device.stepWords.setInteger(stepSlot, number);
    const y: Tensor = scope(() => layer.forward(ones()));
    const values = [...(await y.data())];
    y.dispose();
    return values;
  }

  it("draws another mask each step, the same again for the same step, and none in inference", async () => {
    using layer = new DropBlock2D({ keepProbability: 0.7, blockSize: 3 }, new RandomStreams(5)).train();
    const [first, second] = [await dropped(layer, 1), await dropped(layer, 2)];
    expect(second).not.toEqual(first);
    expect(await dropped(layer, 1)).toEqual(first);
    using twin = new DropBlock2D({ keepProbability: 0.7, blockSize: 3 }, new RandomStreams(5)).train();
    expect(await dropped(twin, 1)).toEqual(first);
    layer.eval();
    using x = ones();
    expect(layer.forward(x)).toBe(x);
  });

  it("lets a schedule change the probability between steps, without a new bind group", async () => {
    const random = new RandomStreams(0);
    const layer = new DropBlock2D({ keepProbability: 0.9, blockSize: 3 }, random);
    using model = new Sequential([layer, new Flatten(), new Dense({ inputs: 288, units: 2 }, random)]).train();
    using optimizer = sgd(model.parameters());
    const counters = () => (device.kind === "webgpu" ? device.counters.bindGroups : 0);
    const takeStep = async () => {
      const { loss } = step(optimizer, () => ({
        loss: crossEntropy(model.forward(ones()), tensor(Int32Array.of(0, 1, 0))),
      }));
      return await loss.value();
    };
    for (let i = 0; i < 3; i++) await takeStep();
    const before = counters();
    layer.keepProbability = 0.5;
    await takeStep();
    expect(counters()).toBe(before);
    expect(layer.keepProbability).toBe(0.5);
    const kept = (values: number[]) => values.filter((value) => value > 0).length;
    const few = kept(await dropped(layer, 1));
    layer.keepProbability = 1;
    expect(few).toBeLessThan(kept(await dropped(layer, 1)));
    expect(kept(await dropped(layer, 1))).toBe(size);
    expect((await saveWeights(model)).length).toBeGreaterThan(0);
  });

  it("names what does not fit", () => {
    const random = new RandomStreams(0);
    using layer = new DropBlock2D({ keepProbability: 0.5, blockSize: 3 }, random);
    expect(layer.outputShape([1, 3, 4, 2])).toEqual([1, 3, 4, 2]);
    expect(() => layer.outputShape([1, 3, 2, 2])).toThrow("with room for a block of 3, got [1, 3, 2, 2]");
    expect(() => new DropBlock2D({ keepProbability: 0.5, blockSize: 0 }, random)).toThrow("got 0");
    expect(() => new DropBlock2D({ keepProbability: 0, blockSize: 1 }, random)).toThrow("at most 1, got 0");
    expect(() => {
      layer.keepProbability = 2;
    }).toThrow("at most 1, got 2");
    expect(layer.keepProbability).toBe(0.5);
  });
});

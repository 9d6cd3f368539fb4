import { type Device, keep, randomBits, setDefaultDevice, type Tensor, tensor, uniform } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parameter, RandomStreams } from "../initializers.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Dense } from "../layers/dense.ts";
import { LayerNormalization } from "../layers/layer-normalization.ts";
import { Sequential } from "../layers/sequential.ts";
import { loadCheckpoint, saveCheckpoint } from "../weights.ts";
import { adam, adamw } from "./adam.ts";
import { decayGroups } from "./decay-groups.ts";
import type { Optimizer } from "./optimizer.ts";
import { rmsprop } from "./rmsprop.ts";
import { sgd } from "./sgd.ts";

const shapes = [[3, 5], [7], [2, 3, 2], [70]] as const;

const drawn = (stream: number, size: number) => uniform({ seed: 9, stream }, size, -1, 1);

const makeParameters = () =>
  shapes.map((shape, i) => {
    const size = shape.reduce((product: number, length) => product * length, 1);
    return parameter(drawn(i, size), shape);
  });

/** Takes steps along gradients that are drawn anew each step, whichever order the optimizer has its parameters in. */
function takeSteps(optimizer: Optimizer, parameters: readonly Tensor[], steps: number, first = 0): void {
  for (let step = first; step < first + steps; step++) {
    const gradients = optimizer.parameters.map((each) => {
      const stream = 100 + step * shapes.length + parameters.indexOf(each);
      return tensor(drawn(stream, each.size), each.shape);
    });
    optimizer.update(gradients);
    for (const gradient of gradients) gradient.dispose();
  }
}

async function valuesOf(parameters: readonly Tensor[]): Promise<number[][]> {
  return await Promise.all(parameters.map(async (each) => [...(await each.data())]));
}

/** Parameters after three steps of what `make` gives. */
async function trained(make: (parameters: Tensor[]) => Optimizer): Promise<number[][]> {
  const parameters = makeParameters();
  using optimizer = make(parameters);
  takeSteps(optimizer, parameters, 3);
  const values = await valuesOf(parameters);
  for (const each of parameters) each.dispose();
  return values;
}

function mixed(): Sequential {
  const random = new RandomStreams(3);
  return new Sequential([
    new Conv2D({ inputs: 2, filters: 3, kernelSize: 3 }, random),
    new BatchNormalization({ inputs: 3 }),
    new Dense({ inputs: 4, units: 2 }, random),
  ]);
}

const devices = await openTestDevices();

describe.each(devices)("optimizers on $name", ({ device }: { device: Device }) => {
  beforeAll(() => setDefaultDevice(device));
  afterAll(() => device.destroy());

  const makers = {
    adam: (parameters: Tensor[]) => adam(parameters, { learningRate: 0.1 }),
    adamw: (parameters: Tensor[]) => adamw(parameters, { learningRate: 0.1 }),
    sgd: (parameters: Tensor[]) => sgd(parameters, { learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 }),
    rmsprop: (parameters: Tensor[]) => rmsprop(parameters, { momentum: 0.9, centered: true }),
  };

  it.each(Object.keys(makers) as (keyof typeof makers)[])(
    "%s: groups without settings change nothing",
    async (name) => {
      const make = makers[name];
      const plain = await trained(make);
      const grouped = await trained(([a, b, c, d]) =>
        ({
          adam: () => adam([{ parameters: [d!, b!] }, { parameters: [c!, a!] }], { learningRate: 0.1 }),
          adamw: () => adamw([{ parameters: [d!, b!] }, { parameters: [c!, a!] }], { learningRate: 0.1 }),
          sgd: () =>
            sgd([{ parameters: [d!, b!] }, { parameters: [c!, a!] }], {
              ...{ learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 },
            }),
          rmsprop: () =>
            rmsprop([{ parameters: [d!, b!] }, { parameters: [c!, a!] }], { momentum: 0.9, centered: true }),
        })[name](),
      );
      expect(grouped).toEqual(plain);
    },
  );

  it("gives each group its own settings", async () => {
    const grouped = await trained(([a, b, c, d]) =>
      sgd(
        [
          { parameters: [a!, b!], learningRate: 0.5, momentum: 0.9, nesterov: true },
          { parameters: [c!, d!], weightDecay: 0.3, decoupledDecay: true },
        ],
        { learningRate: 0.1 },
      ),
    );
    const [first, second] = [
      await trained((parameters) => sgd(parameters, { learningRate: 0.5, momentum: 0.9, nesterov: true })),
      await trained((parameters) => sgd(parameters, { learningRate: 0.1, weightDecay: 0.3, decoupledDecay: true })),
    ];
    expect(grouped).toEqual([...first.slice(0, 2), ...second.slice(2)]);
  });

  it("moves every group's learning rate with the optimizer's", async () => {
    const [a, b] = makeParameters();
    using optimizer = sgd([{ parameters: [a!], learningRate: 0.4 }, { parameters: [b!] }], { learningRate: 0.1 });
    optimizer.learningRate = 0.05;
    const before = await valuesOf([a!, b!]);
    const ones = [a!, b!].map(({ shape, size }) => tensor(new Float32Array(size).fill(1), shape));
    optimizer.update(ones);
    const after = await valuesOf([a!, b!]);
    expect(before[0]![0]! - after[0]![0]!).toBeCloseTo(0.2, 6);
    expect(before[1]![0]! - after[1]![0]!).toBeCloseTo(0.05, 6);
    for (const one of [...ones, a!, b!]) one.dispose();
  });

  it("changes rates and decays without a new bind group", async () => {
    const parameters = makeParameters();
    using optimizer = adamw(parameters, { clipNorm: 1 });
    takeSteps(optimizer, parameters, 2);
    await parameters[0]!.data();
    const made = device.kind === "webgpu" ? device.counters.bindGroups : 0;
    optimizer.learningRate = 0.3;
    optimizer.groups[0]!.weightDecay = 0.5;
    takeSteps(optimizer, parameters, 2, 2);
    await parameters[0]!.data();
    expect(device.kind === "webgpu" ? device.counters.bindGroups : 0).toBe(made);
    for (const each of parameters) each.dispose();
  });

  it("clips by the global norm of all groups, and reports it", async () => {
    const clipped = await trained((parameters) => sgd(parameters, { learningRate: 1, clipNorm: 0.5 }));
    const parameters = makeParameters();
    const start = await valuesOf(parameters);
    using optimizer = sgd([{ parameters: parameters.slice(0, 1) }, { parameters: parameters.slice(1) }], {
      ...{ learningRate: 1, clipNorm: 0.5 },
    });
    expect(optimizer.gradientNorm).toBeNull();
    takeSteps(optimizer, parameters, 1);
    const norm = Math.hypot(...parameters.flatMap(({ size }, i) => [...drawn(100 + i, size)]));
    expect((await optimizer.gradientNorm!.value()) / norm).toBeCloseTo(1, 5);
    const after = await valuesOf(parameters);
    const moved = Math.hypot(...start.flatMap((values, i) => values.map((value, j) => value - after[i]![j]!)));
    expect(moved).toBeCloseTo(0.5, 5);
    takeSteps(optimizer, parameters, 2, 1);
    expect(await valuesOf(parameters)).toEqual(clipped);
    for (const each of parameters) each.dispose();
  });

  it("only measures with an infinite clipNorm, and cuts with clipValue", async () => {
    const make = (clip: object) => trained((parameters) => sgd(parameters, { learningRate: 1, ...clip }));
    expect(await make({ clipNorm: Number.POSITIVE_INFINITY })).toEqual(await make({}));
    const parameters = makeParameters();
    const start = await valuesOf(parameters);
    using optimizer = sgd(parameters, { learningRate: 1, clipValue: 0.25 });
    takeSteps(optimizer, parameters, 1);
    const after = await valuesOf(parameters);
    const step = start.flatMap((values, i) => values.map((value, j) => value - after[i]![j]!));
    expect(Math.max(...step.map(Math.abs))).toBeCloseTo(0.25, 6);
    for (const each of parameters) each.dispose();
  });

  it("keeps kernels apart from biases, gamma and beta", () => {
    using model = mixed();
    const [kernels, others] = decayGroups(model, 0.1);
    const names = new Map(model.namedParameters().map(([name, value]) => [value, name]));
    expect(kernels!.parameters.map((each) => names.get(each))).toEqual(["conv2d.kernel", "dense.kernel"]);
    expect(kernels!.weightDecay).toBe(0.1);
    expect(others!.parameters.map((each) => names.get(each))).toEqual([
      ...["conv2d.bias", "batch_normalization.gamma", "batch_normalization.beta", "dense.bias"],
    ]);
    expect(others!.weightDecay).toBe(0);
    using plain = new Sequential([new BatchNormalization({ inputs: 2 })]);
    expect(decayGroups(plain, 0.1)).toHaveLength(1);
    expect(() => decayGroups(model, -1)).toThrow("the weight decay must be a finite number of at least 0, got -1");
  });

  it("keeps the scales of a layer normalisation over several axes out of the decay", () => {
    const random = new RandomStreams(3);
    using model = new Sequential([
      new Conv2D({ inputs: 2, filters: 3, kernelSize: 3 }, random),
      new LayerNormalization({ inputs: [4, 4, 3] }),
    ]);
    const names = new Map(model.namedParameters().map(([name, value]) => [value, name]));
    const grouped = decayGroups(model, 0.1).map(({ parameters }) => parameters.map((each) => names.get(each)));
    expect(grouped).toEqual([
      ["conv2d.kernel"],
      ["conv2d.bias", "layer_normalization.gamma", "layer_normalization.beta"],
    ]);
  });

  it("names slots by the model's order, whatever the groups are", async () => {
    using model = mixed();
    using optimizer = adamw(decayGroups(model, 0.1), { learningRate: 0.1 });
    optimizer.update(
      optimizer.parameters.map((each, i) => keep(tensor(new Float32Array(each.size).fill(i + 1), each.shape))),
    );
    const firstOf = async (slots: [string, Tensor][]) => {
      const values = await Promise.all(slots.map(async ([name, slot]) => [name, (await slot.data())[0]!] as const));
      for (const [, slot] of slots) slot.dispose();
      return values.filter(([name]) => name.startsWith("firstMoment")).map(([name, value]) => [name, value.toFixed(1)]);
    };
    expect(await firstOf(optimizer.slots(model.parameters()))).toEqual([
      // Kernels come first in the optimizer: conv2d's, dense's, conv2d's bias, gamma, beta, dense's bias.
      ["firstMoment.0", "0.1"],
      ["firstMoment.1", "0.3"],
      ["firstMoment.2", "0.4"],
      ["firstMoment.3", "0.5"],
      ["firstMoment.4", "0.2"],
      ["firstMoment.5", "0.6"],
    ]);
  });

  it("resumes groups from a checkpoint, and takes one that was written without groups", async () => {
    using model = mixed();
    using optimizer = adamw(decayGroups(model, 0.1));
    optimizer.groups[0]!.weightDecay = 0.7;
    optimizer.groups[1]!.learningRateScale = 3;
    const file = await saveCheckpoint(model, optimizer);
    using other = mixed();
    using resumed = adamw(decayGroups(other, 0.1));
    loadCheckpoint(other, resumed, file);
    expect(resumed.groupState).toEqual([
      { learningRateScale: 1, weightDecay: 0.7 },
      { learningRateScale: 3, weightDecay: 0 },
    ]);
    using third = mixed();
    using plain = adamw(third.parameters());
    expect(() => loadCheckpoint(third, plain, file)).toThrow(
      "checkpoint: the file has 2 parameter groups, the optimizer 1",
    );
    expect(plain.iterations).toBe(0);
  });

  it("names what does not fit", () => {
    const [a, b] = makeParameters();
    const attempts = [
      [() => sgd([]), "expected at least one parameter, got none"],
      [() => sgd([{ parameters: [] }]), "group 0 has no parameters"],
      [() => sgd([{ parameters: [a!] }, { parameters: [b!, a!] }]), "group 1 has a parameter that was given before"],
      [() => adam(decayGroupsOf(a!)), "group 0 sets weightDecay, which is none of learningRate, beta1, beta2, epsilon"],
      [() => sgd([a!], { learningRate: -1 }), "the learning rate must be a finite number of at least 0, got -1"],
      [
        () => adamw([a!], { weightDecay: Number.NaN }),
        "the weight decay must be a finite number of at least 0, got NaN",
      ],
      [() => sgd([a!], { nesterov: true }), "nesterov needs a momentum"],
      [() => sgd([a!], { clipNorm: 1, clipValue: 1 }), "clipNorm and clipValue are both given, expected at most one"],
      [() => sgd([a!], { clipNorm: 0 }), "clipNorm must be greater than 0, got 0"],
      [() => sgd([{ parameters: [a!], learningRate: 1 }], { learningRate: 0 }), "is kept as a multiple"],
    ] as const;
    for (const [attempt, message] of attempts) expect(attempt, message).toThrow(message);
    for (const one of [a!, b!]) one.dispose();
  });

  it("gives its step words back", () => {
    const parameters = makeParameters();
    for (let i = 0; i < 100; i++) {
      const copies = parameters.map(({ shape, size }) => parameter(new Float32Array(size), shape));
      adamw(copies.map((each) => ({ parameters: [each] }))).dispose();
    }
    for (const each of parameters) each.dispose();
  });
});

const decayGroupsOf = (each: Tensor) => [{ parameters: [each], weightDecay: 0.1 }];

/** A block of an arena holds 128 MiB: of three parameters of 60 MiB, two. The ranges of a group follow the blocks. */
it("launches over each block that a group is in", async () => {
  const [{ device }] = [(await openTestDevices())[0]!];
  setDefaultDevice(device);
  const size = 15 * 2 ** 20;
  const parameters = [0, 1, 2].map(() => parameter(new Float32Array(size), [size]));
  const small = parameter(new Float32Array(3), [3]);
  using optimizer = sgd([{ parameters: parameters.slice(0, 1) }, { parameters: [...parameters.slice(1), small] }], {
    learningRate: 1,
  });
  const gradient = tensor(new Float32Array(size).fill(1), [size]);
  const gradientOfSmall = tensor([1, 1, 1], [3]);
  optimizer.update([gradient, gradient, gradient, gradientOfSmall]);
  const bits = randomBits({ seed: 1, stream: 1 }, 8);
  for (const each of parameters) {
    const values = await each.data();
    expect([values[0], values[size - 1], ...Array.from(bits, (bit) => values[bit % size])]).toEqual(
      new Array(10).fill(-1),
    );
  }
  expect([...(await small.data())]).toEqual([-1, -1, -1]);
  await device.destroy();
});

// A checkpoint that does not fit changes nothing.
import { decode, encode } from "@tessera/safetensors";
import { ArgumentError, setDefaultDevice, tensor, writeTensor } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RandomStreams } from "./initializers.ts";
import { Dense } from "./layers/dense.ts";
import { Sequential } from "./layers/sequential.ts";
import { decayGroups } from "./optim/decay-groups.ts";
import { sgd } from "./optim/sgd.ts";
import { ema } from "./optim/weight-average.ts";
import { loadCheckpoint, loadWeights, saveCheckpoint, saveWeights } from "./weights.ts";

/** Header fields in the place of the file's own, and what is then wrong; `null` takes the field away. */
const corruptions: [fields: Record<string, string | null>, message: string][] = [
  [{ iterations: null }, "the file has no step number: it holds weights only"],
  [{ learningRate: null }, "the file has no step number: it holds weights only"],
  [{ iterations: "NaN" }, 'iterations must be a whole number of at least 0, got "NaN"'],
  [{ iterations: "" }, 'iterations must be a whole number of at least 0, got ""'],
  [{ iterations: "2.5" }, "iterations must be a whole number of at least 0, got 2.5"],
  [{ iterations: "-1" }, "iterations must be a whole number of at least 0, got -1"],
  [{ learningRate: "-0.1" }, "learningRate must be a finite number of at least 0, got -0.1"],
  [{ learningRate: "Infinity" }, 'learningRate must be a finite number of at least 0, got "Infinity"'],
  [{ groups: "[{" }, 'groups must be a list of parameter groups, got "[{"'],
  [{ groups: "null" }, "groups must be a list of parameter groups, got null"],
  [{ groups: "[]" }, "the file has 0 parameter groups, the optimizer 2"],
  [{ groups: "[null, null]" }, "groups[0].learningRateScale must be a finite number of at least 0, got nothing"],
  [
    { groups: '[{"learningRateScale":1,"weightDecay":0},{"learningRateScale":1}]' },
    "groups[1].weightDecay must be a finite number of at least 0, got nothing",
  ],
  [
    { groups: '[{"learningRateScale":-1,"weightDecay":0},{"learningRateScale":1,"weightDecay":0}]' },
    "groups[0].learningRateScale must be a finite number of at least 0, got -1",
  ],
  [
    { groups: '[{"learningRateScale":1,"weightDecay":"0"},{"learningRateScale":1,"weightDecay":0}]' },
    'groups[0].weightDecay must be a finite number of at least 0, got "0"',
  ],
  [{ averageUpdates: null }, "the file has no average of the weights to fill the one given"],
  [{ variants: "[1]" }, "variants must name a kernel for each bucket, got [1]"],
  [{ variants: '{"matmul":2}' }, 'variants must name a kernel for each bucket, got {"matmul":2}'],
  [{ averageUpdates: "NaN" }, 'averageUpdates must be a whole number of at least 0, got "NaN"'],
];

const devices = await openTestDevices();

describe.each(devices)("checkpoints on $name", ({ device }) => {
  beforeAll(() => setDefaultDevice(device));
  afterAll(() => device.destroy());

  const make = (seed: number) => new Sequential([new Dense({ inputs: 3, units: 2 }, new RandomStreams(seed))]);

  it.each(corruptions)("refuses %j and changes nothing", async (fields, message) => {
    using written = make(1);
    using writer = sgd(decayGroups(written, 0.1), { momentum: 0.9 });
    using writtenAverage = ema(written, writer);
    const { tensors, metadata } = decode(await saveCheckpoint(written, writer, { average: writtenAverage }));
    const header = Object.entries({ ...Object.fromEntries(metadata), ...fields });
    const file = encode(
      tensors,
      Object.fromEntries(header.filter((entry): entry is [string, string] => entry[1] !== null)),
    );

    using model = make(2);
    using optimizer = sgd(decayGroups(model, 0.2), { learningRate: 0.3, momentum: 0.9 });
    using average = ema(model, optimizer);
    const ones = optimizer.parameters.map(({ shape, size }) => tensor(new Float32Array(size).fill(1), shape));
    optimizer.update(ones);
    average.update();
    for (const one of ones) one.dispose();
    const before = await saveCheckpoint(model, optimizer, { average });
    const load = () => loadCheckpoint(model, optimizer, file, { average });
    expect(load).toThrow(ArgumentError);
    expect(load).toThrow(`checkpoint: ${message}`);
    expect(await saveCheckpoint(model, optimizer, { average })).toEqual(before);
  });
});

describe.each(await openTestDevices())("weights of 16 bits on $label", ({ device }) => {
  beforeAll(() => setDefaultDevice(device));
  afterAll(() => device.destroy());

  const make = () => new Sequential([new Dense({ inputs: 1, units: 3, bias: false }, new RandomStreams(0))]);
  const values = async (model: Sequential) => model.parameters()[0]!.data();

  it("are the nearest halves, and half the size", async () => {
    using model = make();
    writeTensor(model.parameters()[0]!, Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 0.1));
    const file = await saveWeights(model, { epoch: "3" }, { dtype: "F16" });
    expect(decode(file).tensors.get("dense.kernel")).toMatchObject({ dtype: "F16", shape: [1, 3] });
    using other = make();
    expect(loadWeights(other, file).get("epoch")).toBe("3");
    expect(await values(other)).toEqual(Float32Array.of(1, 1 + 2 ** -9, 0.0999755859375));
  });

  it("come from bfloat16 too", async () => {
    using model = make();
    const data = Uint16Array.of(0x3f80, 0xc000, 0x3dcc);
    loadWeights(model, encode(new Map([["dense.kernel", { dtype: "BF16", shape: [1, 3], data }]])));
    expect(await values(model)).toEqual(Float32Array.of(1, -2, 0.099609375));
  });

  it("refuse what they cannot hold", async () => {
    using model = make();
    writeTensor(model.parameters()[0]!, Float32Array.of(1, 7e4, 0));
    await expect(saveWeights(model, {}, { dtype: "F16" })).rejects.toThrow(
      'weights: "dense.kernel" holds 70000, which float16 does not reach: it ends at 65504',
    );
  });
});

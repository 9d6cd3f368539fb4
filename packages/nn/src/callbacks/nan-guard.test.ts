// The guard against NaN: what it accuses, what it writes down, and that it changes nothing else.
import { decode } from "@tessera/safetensors";
import { randomBits, setDefaultDevice, trackLeaks } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compose } from "../augment/batch-transform.ts";
import { padCrop } from "../augment/crops.ts";
import { mixup } from "../augment/mixing.ts";
import type { Callback } from "../callback.ts";
import { type FitOptions, fit } from "../fit.ts";
import { replayDump } from "../guard/nan-dump.ts";
import { NonFiniteError } from "../guard/non-finite.ts";
import { RandomStreams } from "../initializers.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Dense } from "../layers/dense.ts";
import { Dropout } from "../layers/dropout.ts";
import { Flatten } from "../layers/flatten.ts";
import { Residual } from "../layers/residual.ts";
import { Sequential } from "../layers/sequential.ts";
import { adam } from "../optim/adam.ts";
import { sgd } from "../optim/sgd.ts";
import { loadCheckpoint, saveCheckpoint, saveWeights } from "../weights.ts";
import { learningRateScheduler } from "./learning-rate-scheduler.ts";
import { nanGuard } from "./nan-guard.ts";

function tiny(drop = 0.25) {
  const random = new RandomStreams(5);
  return new Sequential([
    new Conv2D({ inputs: 3, filters: 4, kernelSize: 3, padding: "same" }, random),
    new BatchNormalization({ inputs: 4 }),
    new Residual(new Conv2D({ inputs: 4, filters: 4, kernelSize: 3, padding: "same", activation: "relu" }, random)),
    new Flatten(),
    new Dropout(drop, random),
    new Dense({ inputs: 64, units: 3 }, random),
  ]);
}

const batch = (counter: number, size = 4) => ({
  images: Uint8Array.from(randomBits({ seed: 3, stream: 0, counter }, size * 48), (bits) => bits >>> 24),
  labels: Int32Array.from(randomBits({ seed: 3, stream: 1, counter }, size), (bits) => bits % 3),
  shape: [size, 4, 4, 3],
});

const train = (epoch: number, from: number) => Array.from({ length: 18 }, (_, i) => batch(epoch * 18 + i)).slice(from);

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

/** The first kernel in a group of its own. */
function grouped(model: Sequential, learningRate: number) {
  const [kernel, ...rest] = model.parameters();
  const groups = [{ parameters: [kernel!] }, { parameters: rest }];
  return sgd(groups, { learningRate, momentum: 0.9 });
}

/** Trains with the guard until it ends it. */
async function accused(options: Partial<FitOptions>, callbacks: Callback[] = [], rate = 0.1) {
  using model = tiny();
  using optimizer = grouped(model, rate);
  const files = new Map<string, Uint8Array>();
  const guard = nanGuard({ write: (name, bytes) => void files.set(name, bytes), seed: 5 });
  const error = await fit(model, optimizer, { train, epochs: 2, ...options, callbacks: [...callbacks, guard] }).then(
    () => expect.fail("it was not stopped"),
    (reason: unknown) => reason as NonFiniteError,
  );
  expect(error).toBeInstanceOf(NonFiniteError);
  return { error, dump: files.get("nan-dump.safetensors")!, left: await saveCheckpoint(model, optimizer) };
}

/** What a dump comes to in a fresh model, and the weights after it. */
async function replayed(dump: Uint8Array) {
  using model = tiny(0.5);
  using optimizer = grouped(model, 7);
  const { found, ...place } = await replayDump(model, optimizer, dump);
  return { found, place, weights: await saveWeights(model) };
}

/** The guard put among callbacks that make the rate 1e30 at an iteration. */
const explode = (at: number) => [
  learningRateScheduler((iteration) => (iteration === at ? 1e30 : 0.01), { by: "iteration" }),
];

describe.each(devices)("nanGuard on $name", ({ device }) => {
  beforeAll(() => setDefaultDevice(device));

  it("names layer, epoch, batch and iteration, and the dump does so again in a fresh model", async () => {
    const { error, dump, left } = await accused({}, [], 1e30);
    expect(error.place).toEqual({ epoch: 1, batch: 2, iteration: 2 });
    // Kernels of about 1e29 make values of 1e29, whose variance float32 cannot hold.
    expect(error.found).toMatchObject({ what: "output", layer: "batch_normalization" });
    const [line, ...hints] = error.message.split("\n");
    expect(line).toMatch(
      /^fit: epoch 1, batch 2, iteration 2: batch_normalization: the output has \d+ values that are not finite$/,
    );
    expect(hints).toEqual([
      "  hint: lower the learning rate, which was 1e+30, or cut gradients down with clipNorm",
      "  hint: replayDump takes the step again from nan-dump.safetensors",
    ]);
    const again = await replayed(dump);
    expect(again.found).toEqual(error.found);
    expect(again.place).toEqual({ ...error.place, seed: 5 });
    const metadata = decode(left).metadata;
    expect(metadata.get("iterations")).toBe("1");
  });

  it.each([
    { accumulate: 1, at: 12, place: { epoch: 1, batch: 13, iteration: 13 } },
    { accumulate: 3, at: 4, place: { epoch: 1, batch: 15, iteration: 5 } },
  ])("takes the very same step again, dropout and transform included: accumulate $accumulate", async (each) => {
    const { accumulate, at, place } = each;
    const transform = compose(padCrop({ padding: 1, seed: 1 }), mixup({ alpha: 0.4, classes: 3, seed: 2 }));
    // Only the first layer's kernel overflows: the other weights stay finite, and tell one step from another.
    const burst: Callback = {
      name: "burst",
      onBatchBegin: (_, { optimizer, iteration }) =>
        void Object.assign(optimizer.groups[0]!, { learningRateScale: iteration === at ? 1e60 : 1 }),
    };
    const { error, dump } = await accused({ transform, accumulate }, [burst], 0.01);
    expect(error.place).toEqual(place);
    expect(error.found).toMatchObject({ what: "weights", layer: "conv2d", tensor: "kernel" });
    // The same training, stopped after the step.
    using model = tiny();
    using optimizer = grouped(model, 0.01);
    const stop: Callback = {
      name: "stop",
      onBatchEnd: (_, context) => void (context.iteration === at + 1 && context.stop("enough")),
    };
    await fit(model, optimizer, { train, transform, accumulate, callbacks: [burst, stop] });
    const again = await replayed(dump);
    expect(again.found).toEqual(error.found);
    const finite = (await model.namedParameters().at(-2)![1].data()).every(Number.isFinite);
    expect(finite).toBe(true);
    expect(again.weights).toEqual(await saveWeights(model));
  });

  it("finds the batch of a step whose gradients are accumulated", async () => {
    const { error, dump } = await accused({ accumulate: 3 }, explode(4));
    expect(error.place).toEqual({ epoch: 1, batch: 16, iteration: 6 });
    expect((await replayed(dump)).found).toEqual(error.found);
  });

  it("tells images and weights that are not finite from what layers make", async () => {
    const bad = { ...batch(1), images: new Float32Array(192).fill(0.5) };
    bad.images[3] = Number.NaN;
    const { error } = await accused({ train: () => [batch(0), bad] });
    expect(error.place).toEqual({ epoch: 1, batch: 2, iteration: 2 });
    expect(error.found).toEqual({ what: "images", layer: "", count: 1 });
    // The rate is too large for one step only, the last: no loss tells of it.
    const last = await accused({ train: () => [batch(0), batch(1)] }, [
      learningRateScheduler((iteration) => (iteration === 1 ? 3e38 : 0), { by: "iteration" }),
      {
        name: "scale",
        onTrainBegin: ({ optimizer }) => void Object.assign(optimizer.groups[0]!, { learningRateScale: 1e30 }),
      },
    ]);
    expect(last.error.found).toMatchObject({ what: "weights", layer: "conv2d" });
    expect(last.error.place.batch).toBe(2);
  });

  it("changes no bit of training that stays finite, and leaves nothing behind", async () => {
    const run = async (callbacks: Callback[]) => {
      using model = tiny();
      using optimizer = adam(model.parameters(), { learningRate: 0.01 });
      await fit(model, optimizer, { train, callbacks });
      return await saveCheckpoint(model, optimizer);
    };
    const alone = await run([]);
    const leaks = trackLeaks();
    const memory = device.memory().liveBytes;
    const write = () => expect.fail("nothing was wrong");
    expect(await run([nanGuard({ write })])).toEqual(alone);
    expect(leaks()).toEqual([]);
    expect(device.memory().liveBytes).toBe(memory);
  });
});

describe("replayDump", () => {
  beforeAll(() => setDefaultDevice(devices[0]!.device));

  it("says in one line what is no dump", async () => {
    using model = tiny();
    using optimizer = sgd(model.parameters(), { learningRate: 0.1 });
    const checkpoint = await saveCheckpoint(model, optimizer);
    await expect(replayDump(model, optimizer, checkpoint)).rejects.toThrow(
      "replayDump: the file is no dump of nanGuard: its header has no step",
    );
    const { dump } = await accused({}, [], 1e30);
    await expect(replayDump(model, optimizer, dump)).rejects.toThrow(/^checkpoint: the file has 2 parameter groups/);
    expect(loadCheckpoint(model, optimizer, checkpoint)).toBeNull();
  });
});

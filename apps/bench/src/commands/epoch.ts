/** @file `bench epoch`: from shuffled and augmented batches through training steps to validation. */
import { augment, batches, Dataset, type ImageSet } from "@tessera/data";
import { adam, type Batches, evaluate, fit, loadWeights, type Module, type Optimizer, saveWeights } from "@tessera/nn";
import { type Device, openCpu, randomBits, setDefaultDevice } from "@tessera/tensor";
import { type BenchRecord, spreadOf } from "../report/record.ts";
import { classes, networks } from "../steps/networks.ts";
import type { BenchOptions } from "./options.ts";

const [trainImages, validationImages] = [50_000, 10_000];

/** Steps of a quick run. */
const quickSteps = 50;

/** Validation images that the check looks at again, on the other device. */
const checked = 64;

/**
 * Sums of at most some thousand products in some twenty layers, as in steps/verify.ts; and a mean of losses, which are
 * not small.
 */
const tolerance = 1e-3;

/** An epoch of the small CNN on random images of CIFAR's size, or the part of one that `--steps` tells. */
export async function* epochRecords(device: Device, options: BenchOptions): AsyncGenerator<BenchRecord> {
  const network = options.networks.find((name) => name in networks) ?? "cnn";
  const steps = options.steps ?? (options.quick ? quickSteps : Math.ceil(trainImages / options.batchSize));
  const count = Math.min(trainImages, steps * options.batchSize);
  // As many for each training image as in CIFAR.
  const [train, validation] = [randomSet(count, 0), randomSet(Math.ceil((count * validationImages) / trainImages), 1)];
  const base = {
    benchmark: `epoch/${network}`,
    device: device.kind,
    adapter: device.description,
    shape: [options.batchSize, 32, 32, 3],
    gflops: null,
    gigabytesPerSecond: null,
    shareOfPeak: null,
    peers: {},
    verified: `that an epoch had as many images as it should, and the trained network's loss on ${checked} validation images beside the cpu device's plain kernels`,
  };
  try {
    using model = networks[network]!(true);
    // The parameters live in its memory, so that it goes after the check.
    using optimizer = adam(model.parameters());
    const seconds = await trainOnce(model, optimizer, options.batchSize, train, validation);
    const wrong = await compareTrained(device, model, network, validation);
    const milliseconds = wrong ? null : spreadOf([seconds * 1000]);
    yield { ...base, milliseconds, imagesPerSecond: wrong ? null : count / seconds, wrong };
  } catch (error) {
    yield { ...base, milliseconds: null, imagesPerSecond: null, wrong: (error as Error).message };
  }
}

/** Seconds of an epoch with its validation, data included, after a step to warm up. */
async function trainOnce(
  model: Module,
  optimizer: Optimizer,
  batchSize: number,
  train: ImageSet,
  validation: ImageSet,
): Promise<number> {
  const warm = part(train, 0, Math.min(batchSize, train.labels.length));
  await fit(model, optimizer, { train: () => batches(warm, { batchSize }) });
  let seen = 0;
  const start = performance.now();
  const { history } = await fit(model, optimizer, {
    train: (epoch) =>
      shuffled(train, batchSize, epoch, (images) => {
        seen += images;
      }),
    validation: () => batches(validation, { batchSize }),
  });
  const seconds = (performance.now() - start) / 1000;
  const { loss = Number.NaN, val_loss = Number.NaN } = history[0] ?? {};
  if (!Number.isFinite(loss + val_loss)) throw new Error(`the losses are ${loss} in training and ${val_loss} after it`);
  if (seen !== train.labels.length) throw new Error(`an epoch had ${seen} of ${train.labels.length} images`);
  return seconds;
}

/** Batches as training reads them; `count` is told how many images each has. */
function shuffled(set: ImageSet, batchSize: number, epoch: number, count: (images: number) => void): Batches {
  return Dataset.fromIterable(batches(set, { batchSize, shuffle: true, epoch })).map((batch) => {
    count(batch.labels.length);
    return augment(batch, { epoch });
  });
}

/** Losses on some validation images, on the device and beside it: what is wrong, or `null`. */
async function compareTrained(device: Device, model: Module, network: string, validation: ImageSet) {
  const some = part(validation, 0, Math.min(checked, validation.labels.length));
  const lossWith = async (each: Module) => (await evaluate(each, batches(some, { batchSize: 32 }))).loss;
  const [found, weights] = [await lossWith(model), await saveWeights(model)];
  const plain = await openCpu({ threads: 1, relaxedSimd: false, winograd: false });
  try {
    setDefaultDevice(plain);
    const copy = networks[network]!(true);
    loadWeights(copy, weights);
    const expected = await lossWith(copy);
    const near = Math.abs(found - expected) <= tolerance * Math.abs(expected);
    return near ? null : `the validation loss is ${found}, expected ${expected}`;
  } finally {
    await plain.destroy();
    setDefaultDevice(device);
  }
}

function randomSet(count: number, stream: number): ImageSet {
  return {
    images: new Uint8Array(count * 3072).map((_, i) => Math.imul(i + 1, 2654435761 + 2 * stream) >>> 24),
    labels: Int32Array.from(randomBits({ seed: 2, stream }, count), (bits) => bits % classes),
    shape: [count, 32, 32, 3],
  };
}

function part({ images, labels, shape }: ImageSet, from: number, to: number): ImageSet {
  return {
    images: images.subarray(from * 3072, to * 3072),
    labels: labels.subarray(from, to),
    shape: [to - from, shape[1], shape[2], shape[3]],
  };
}

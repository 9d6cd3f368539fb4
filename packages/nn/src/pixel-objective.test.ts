// A class for each pixel: what is measured, what is ignored, and that images and masks move together.
import { randomBits, scope, setDefaultDevice, stepSlot, type Tensor, tensor } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { activationsOf } from "./activations.ts";
import { type BatchTransform, compose } from "./augment/batch-transform.ts";
import { horizontalFlip, padCrop } from "./augment/crops.ts";
import { randomResizedCrop } from "./augment/random-resized-crop.ts";
import { someOfCropFlipDropout } from "./augment/some-of-crop-flip-dropout.ts";
import { PixelScale } from "./batch.ts";
import { evaluate, predict } from "./evaluate.ts";
import { fit } from "./fit.ts";
import { ConfusionMatrix, meanIoU, weightedIoU } from "./metrics/confusion-matrix.ts";
import { frequencyBaseline } from "./metrics/frequency-baseline.ts";
import { argmaxRows, softmaxRows } from "./metrics/scores.ts";
import { colorizeUnet } from "./models/colorize.ts";
import { deeplab, deeplabBackbone, loadBackbone } from "./models/deeplab.ts";
import { adam } from "./optim/adam.ts";
import { pixelClassification } from "./pixel-objective.ts";
import { saveWeights } from "./weights.ts";

const devices = await openTestDevices();
const classes = 3;

/** Images of 8 × 8 whose brightness tells the class; a fifth of the pixels does not count. */
function batch(counter: number, count = 3) {
  const bits = randomBits({ seed: 2, stream: 0, counter }, count * 64);
  const labels = Int32Array.from(bits, (each) => (each % 5 === 4 ? -1 : (each >>> 8) % classes));
  const images = Uint8Array.from(bits, (each) => ((each >>> 8) % classes) * 100 + ((each >>> 16) % 30));
  return { images, labels, shape: [count, 8, 8, 1], labelShape: [count, 8, 8] };
}

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("classes of pixels on $name", ({ device }) => {
  beforeAll(() => setDefaultDevice(device));

  it("are measured as the host measures them, whatever the batches", async () => {
    using model = colorizeUnet({ classes, input: [8, 8, 1], width: 1 / 8 });
    using pixels = new PixelScale({ channels: 1 });
    const parts = [batch(0, 3), batch(1, 1), batch(2, 2)];
    const metrics: Record<string, number> = await evaluate(model, parts, { pixels, objective: pixelClassification() });
    const logits = await predict(model, parts, { pixels });
    const matrix = new ConfusionMatrix(classes);
    let [loss, counted] = [0, 0];
    parts.forEach(({ labels }, i) => {
      matrix.add(labels, argmaxRows(logits[i]!, classes), { ignoreIndex: -1 });
      const probabilities = softmaxRows(logits[i]!, classes);
      labels.forEach((label, row) => {
        if (label < 0) return;
        loss -= Math.log(probabilities[row * classes + label]!);
        counted++;
      });
    });
    expect(counted).toBeLessThan(6 * 64);
    // A mean of a few hundred float32 logarithms of order one: 2^-24 each, a hundred times over.
    expect(metrics.loss).toBeCloseTo(loss / counted, 5);
    expect(metrics.accuracy).toBeCloseTo(matrix.correct / counted, 6);
    expect(metrics.mean_iou).toBe(meanIoU(matrix));
    expect(metrics.weighted_iou).toBe(weightedIoU(matrix));
    expect(metrics).not.toHaveProperty("top5_accuracy");
  });

  it("are validated after each epoch of training, which counts what a transform leaves", async () => {
    using model = colorizeUnet({ classes, input: [8, 8, 1], width: 1 / 4 });
    using optimizer = adam(model.parameters(), { learningRate: 0.01 });
    using pixels = new PixelScale({ channels: 1 });
    const { history } = await fit(model, optimizer, {
      ...{ epochs: 3, pixels, objective: pixelClassification() },
      train: () => Array.from({ length: 12 }, (_, i) => batch(i, 8)),
      validation: () => [batch(50, 8)],
      transform: compose(
        horizontalFlip({ seed: 1 }),
        randomResizedCrop({ seed: 1, size: [4, 4], scale: [0.25, 0.25], ratio: [1, 1] }),
      ),
    });
    const last: Record<string, unknown> = { ...history.at(-1) };
    expect(history[2]!.loss).toBeLessThan(history[0]!.loss);
    // A quarter of the pixels is left: divided by all of them, the accuracy would be at most 0.25.
    expect(history[2]!.accuracy).toBeGreaterThan(0.5);
    for (const name of ["val_loss", "val_accuracy", "val_mean_iou", "val_weighted_iou"]) {
      expect(last[name], name).toEqual(expect.any(Number));
    }
    expect(last).not.toHaveProperty("mean_iou");
  });

  const moves: readonly (readonly [string, BatchTransform, number])[] = [
    ["padCrop", padCrop({ seed: 1, padding: 2, fill: -1 }), 8],
    ["horizontalFlip", horizontalFlip({ seed: 1 }), 8],
    [
      "randomResizedCrop without resizing",
      randomResizedCrop({ seed: 1, scale: [0.25, 0.25], ratio: [1, 1], size: [4, 4] }),
      4,
    ],
    [
      "someOfCropFlipDropout's flips",
      someOfCropFlipDropout({ seed: 1, crop: 0, dropout: { rate: [0, 0] }, fill: -1 }),
      8,
    ],
  ];
  it.each(moves)("go where their pixels go: %s", async (_, transform, size) => {
    device.stepWords.setInteger(stepSlot, 3);
    const count = 16;
    // Each pixel's value is its label, so that both must be the same wherever they go.
    const labels = Int32Array.from({ length: count * 64 }, (_, i) => i);
    const { images, targets } = scope(() =>
      transform({
        images: tensor(Float32Array.from(labels), [count, 8, 8, 1]),
        targets: tensor(labels, [count, 8, 8]),
      }),
    );
    expect(targets.shape).toEqual([count, size, size]);
    const [values, found] = [await images.data(), await targets.data()];
    expect([...found]).toEqual([...values]);
    expect([...found.subarray(0, labels.length)]).not.toEqual([...labels]);
    for (const each of [images, targets]) each.dispose();
    device.stepWords.setInteger(stepSlot, 0);
  });

  it("take the nearest pixel's class where the part is enlarged", async () => {
    const labels = Int32Array.of(1, 2, 3, 4);
    const { images, targets } = scope(() =>
      randomResizedCrop({ seed: 0, scale: [1, 1], ratio: [1, 1], size: [4, 4] })({
        images: tensor(Float32Array.from(labels), [1, 2, 2, 1]),
        targets: tensor(labels, [1, 2, 2]),
      }),
    );
    expect([...(await targets.data())]).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
    for (const each of [images, targets]) each.dispose();
  });

  it("refuse masks of another size", () => {
    const wrong = () => ({
      images: tensor(new Float32Array(64), [1, 8, 8, 1]),
      targets: tensor(new Int32Array(16), [1, 4, 4]),
    });
    expect(() => scope(() => void horizontalFlip({ seed: 0 })(wrong()))).toThrow(
      "horizontalFlip: targets must be int32 [1, 8, 8], a class for each pixel, got int32 [1, 4, 4]",
    );
  });

  it("activationsOf gives what a layer gives, and leaves the model as it was", async () => {
    using model = colorizeUnet({ classes, input: [8, 8, 1], width: 1 / 8 });
    using pixels = new PixelScale({ channels: 1 });
    const given = batch(0);
    const { values, shape } = await activationsOf(model.train(), "conv2d", given, pixels);
    // The last layer's output are the logits.
    const [logits] = await predict(model, [given], { pixels });
    expect(shape).toEqual([3, 8, 8, classes]);
    expect(values).toEqual(logits);
    const inner = await activationsOf(model, "skip_connection.body.conv2d", given, pixels);
    expect(inner.shape).toEqual([3, 8, 8, 4]);
    expect(model.training).toBe(true);
    await expect(activationsOf(model, "conv9", given, pixels)).rejects.toThrow(
      /^activationsOf: expected one of the layers skip_connection, .*, got "conv9"$/,
    );
  });

  it("a backbone goes from a classifier, or another deeplab, into a deeplab, whole or not at all", async () => {
    const stateOf = async (model: { state(): [string, Tensor][] }) =>
      new Map(await Promise.all(model.state().map(async ([name, value]) => [name, await value.data()] as const)));
    using classifier = deeplabBackbone({ classes: 5, width: 1 / 16, seed: 7 });
    using model = deeplab({ classes: 2, width: 1 / 16, seed: 1 });
    const before = await stateOf(model);
    expect(loadBackbone(model, await saveWeights(classifier))).toEqual({ taken: 5 + 3 * 15, left: 2 });
    const [own, theirs] = [await stateOf(model), await stateOf(classifier)];
    const name = "basic_block_2.conv2.kernel";
    const inside = "at_input_size.body.";
    expect(own.get(inside + name)).toEqual(theirs.get(name));
    expect(own.get(inside + name)).not.toEqual(before.get(inside + name));
    expect(own.get(`${inside}conv2d_1.kernel`)).toEqual(before.get(`${inside}conv2d_1.kernel`));
    using other = deeplab({ classes: 4, width: 1 / 16, seed: 2 });
    loadBackbone(other, await saveWeights(model));
    expect((await stateOf(other)).get(inside + name)).toEqual(theirs.get(name));
    using wider = deeplabBackbone({ classes: 5, width: 1 / 8 });
    const bytes = await saveWeights(wider);
    expect(() => loadBackbone(model, bytes)).toThrow(
      'loadBackbone: "conv2d.kernel" is F32 [3, 3, 3, 8] in the file, F32 [3, 3, 3, 4] in the model',
    );
    const unet = await saveWeights(colorizeUnet({ width: 1 / 8 }));
    expect(() => loadBackbone(model, unet)).toThrow("loadBackbone: ");
    expect(() => loadBackbone(classifier, bytes)).toThrow("loadBackbone: the model is no deeplab");
    expect(await stateOf(model)).toEqual(own);
  });
});

it("frequencyBaseline always guesses the most frequent class", () => {
  const { label, accuracy, loss } = frequencyBaseline([1, 1, 1, 0, -1], [1, 0, 0, -1], 2, { ignoreIndex: -1 });
  expect([label, accuracy]).toEqual([1, 1 / 3]);
  // Laplace's shares are 2/6 and 4/6.
  expect(loss).toBeCloseTo((-2 * Math.log(2 / 6) - Math.log(4 / 6)) / 3, 12);
  expect(() => frequencyBaseline([2], [0], 2)).toThrow("frequencyBaseline: label 0: expected a class of 0 to 1, got 2");
});

// Transforms inside of fit: soft targets train, and a seed gives the same run again.
import { setDefaultDevice, uniform } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, describe, expect, it } from "vitest";
import { fit } from "../fit.ts";
import { RandomStreams } from "../initializers.ts";
import { Dense } from "../layers/dense.ts";
import { Flatten } from "../layers/flatten.ts";
import { Sequential } from "../layers/sequential.ts";
import { adam } from "../optim/adam.ts";
import { compose } from "./batch-transform.ts";
import { horizontalFlip, padCrop } from "./crops.ts";
import { randomErasing } from "./erasing.ts";
import { cutmix, mixup } from "./mixing.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

const size = 8;

/** Two classes, dark and bright. */
const labels = Int32Array.from({ length: 16 }, (_, i) => i % 2);
const noise = uniform({ seed: 2, stream: 0 }, 16 * size * size * 3, 0, 100);
const images = Uint8Array.from(noise, (value, i) => value + 120 * (Math.floor(i / (size * size * 3)) % 2));
const batch = { images, labels, shape: [16, size, size, 3] };

describe.each(devices)("fit with transforms on $name", ({ device }) => {
  it.each([1, 2])("is repeated by its seed, with %i batches a step", async (accumulate) => {
    setDefaultDevice(device);
    const run = async (seed: number) => {
      const dense = new Dense({ inputs: size * size * 3, units: 2 }, new RandomStreams(1));
      const model = new Sequential([new Flatten(), dense]);
      const optimizer = adam(model.parameters(), { learningRate: 0.002 });
      const transform = compose(
        ...[padCrop({ seed }), horizontalFlip({ seed }), randomErasing({ seed })],
        ...[mixup({ seed, classes: 2, alpha: 0.2 }), cutmix({ seed, classes: 2, probability: 0.5 })],
      );
      const { history } = await fit(model, optimizer, {
        train: () => [batch, batch],
        epochs: 2,
        transform,
        accumulate,
      });
      optimizer.dispose();
      model.dispose();
      return history.map(({ loss }) => loss);
    };
    const first = await run(3);
    expect(await run(3)).toEqual(first);
    expect(await run(4)).not.toEqual(first);
    expect(first.every(Number.isFinite)).toBe(true);
  });
});

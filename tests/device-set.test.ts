// A set that lies on the device gives the batches that the host gives.
import { batches, permutation } from "@tessera/data";
import { DeviceSet, PixelScale } from "@tessera/nn";
import { DeviceError, randomBits, scope, stepSlot } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, describe, expect, it, vi } from "vitest";

const devices = await openTestDevices();
const [count, height, width, channels] = [37, 6, 5, 3] as const;
const set = {
  images: Uint8Array.from(randomBits({ seed: 1, stream: 1 }, count * height * width * channels), (bits) => bits >>> 24),
  labels: Int32Array.from(randomBits({ seed: 1, stream: 2 }, count), (bits) => bits % 100),
  shape: [count, height, width, channels] as const,
};
const pixels = { mean: [120, 110, 100], deviation: 60 };

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("DeviceSet on $name", ({ device }) => {
  it("gives the bits of batches and PixelScale, in the same order", async () => {
    using resident = await DeviceSet.upload(set, { pixels, device });
    using scale = new PixelScale({ ...pixels, device });
    const order = permutation(count, { seed: 4, epoch: 2 });
    let start = 0;
    for await (const batch of batches(set, { batchSize: 8, shuffle: true, seed: 4, epoch: 2 })) {
      const rows = order.subarray(start, start + 8);
      start += 8;
      const [images, targets, expected] = scope(() => {
        const gathered = resident.batch(rows);
        return [gathered.images, gathered.targets, scale.apply(batch.images, batch.shape)];
      });
      expect(await images!.data()).toEqual(await expected!.data());
      expect(await targets!.data()).toEqual(batch.labels);
      for (const each of [images, targets, expected]) each!.dispose();
    }
    expect(start).toBe(40);
  });

  it("augments by seed and step", async () => {
    using resident = await DeviceSet.upload(set, { device });
    const drawn = async (step: number) => {
      device.stepWords.setInteger(stepSlot, step);
      const { images, targets } = resident.batch([5, 5, 9], { seed: 1, padding: 2, flip: 0.5, cutout: 2 });
      const values = await images.data();
      images.dispose();
      targets.dispose();
      return values;
    };
    const first = await drawn(1);
    expect(await drawn(1)).toEqual(first);
    expect(await drawn(2)).not.toEqual(first);
    device.stepWords.setInteger(stepSlot, 0);
  });

  it("leaves nothing behind where the memory is refused", async () => {
    const before = device.memory().liveBlocks;
    const allocate = vi.spyOn(device, "allocate");
    for (const call of [1, 2, 3]) {
      let calls = 0;
      const real = Object.getPrototypeOf(device).allocate.bind(device);
      allocate.mockImplementation((...what: Parameters<typeof real>) => {
        if (++calls === call) throw new DeviceError("no memory for it");
        return real(...what);
      });
      await expect(DeviceSet.upload(set, { device })).rejects.toThrow(
        /^DeviceSet: the device cannot hold 37 images of 6 × 5 × 3, 0 MB: no memory for it/,
      );
    }
    allocate.mockRestore();
    expect(device.memory().liveBlocks).toBe(before);
  });

  it("says what does not fit", async () => {
    await expect(DeviceSet.upload({ ...set, labels: new Int32Array(3) }, { device })).rejects.toThrow(
      "DeviceSet: expected 37 labels, one for each image, got 3",
    );
    using resident = await DeviceSet.upload(set, { device });
    expect(() => resident.batch([0, 37])).toThrow("DeviceSet: rows[1] must be of 0 to 36, got 37");
    expect(() => scope(() => resident.batch([0], { seed: 1, flip: 2 }))).toThrow("flip must be of 0 to 1");
  });
});

const last = devices.at(-1)!;

it(`holds as many bytes as CIFAR-100 on ${last.name}`, async () => {
  const size = 32 * 32 * 3;
  const images = new Uint8Array(50_000 * size);
  images.fill(17, 0, size).fill(255, 49_999 * size);
  const labels = Int32Array.from({ length: 50_000 }, (_, i) => i % 100);
  using resident = await DeviceSet.upload({ images, labels, shape: [50_000, 32, 32, 3] }, { device: last.device });
  const batch = resident.batch([49_999, 0, 1]);
  const values = await batch.images.data();
  expect([values[0], values[size], values[2 * size]]).toEqual([1, Math.fround(17 / 255), 0]);
  expect(await batch.targets.data()).toEqual(Int32Array.of(99, 0, 1));
  batch.images.dispose();
  batch.targets.dispose();
});

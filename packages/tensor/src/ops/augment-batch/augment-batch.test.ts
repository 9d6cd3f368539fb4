import { afterAll, describe, expect, it } from "vitest";
import { stepSlot } from "../../devices/step-words.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { randomBits, uniform } from "../../random.ts";
import { scope } from "../../scope.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { lookupTable } from "../lookup-table/lookup-table.ts";
import { augmentBatchReference, drawAugmentations } from "./augment-batch.reference.ts";
import { type AugmentBatchOptions, augmentBatch, augmentBatchFromStep } from "./augment-batch.ts";

const devices = await openTestDevices();

/** A set of images of 8 by 8 pixels, and a table whose entries all differ, so that an output tells its byte. */
const [count, height, width, channels] = [11, 8, 8, 3] as const;
const bytes = Uint8Array.from(
  randomBits({ seed: 4, stream: 0 }, count * height * width * channels),
  (bits) => bits >>> 24,
);
const entries = uniform({ seed: 4, stream: 1 }, 256 * channels, -2, 2);
const everything = { padding: 2, fill: 9, flip: 0.5, cutout: 3, key: { seed: 8, stream: 5, counter: 3 } };

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("augmentBatch on $name", ({ device }) => {
  const images = () => tensor(bytes, [count, height, width, channels], { device });
  const table = () => tensor(entries, [256, channels], { device });
  const order = (batch: number) => Int32Array.from(randomBits({ seed: 4, stream: 2 }, batch), (bits) => bits % count);

  async function augmented(indices: Int32Array, options: AugmentBatchOptions): Promise<Float32Array> {
    const y = scope(() => augmentBatch(images(), tensor(indices, [indices.length], { device }), table(), options));
    const values = await y.data();
    y.dispose();
    return values as Float32Array;
  }

  it("gives the oracle's bits for a whole batch", async () => {
    const indices = order(67);
    const reference = augmentBatchReference(
      { shape: [count, height, width, channels], data: Float64Array.from(bytes) },
      { shape: [67], data: Float64Array.from(indices) },
      { shape: [256, channels], data: Float64Array.from(entries) },
      { ...everything, size: [height, width] },
    );
    expect(await augmented(indices, everything)).toEqual(Float32Array.from(reference.data));
  });

  it("only normalises where every part is off", async () => {
    const indices = order(5);
    const size = height * width * channels;
    const chosen = Uint8Array.from(
      { length: 5 * size },
      (_, i) => bytes[indices[Math.floor(i / size)]! * size + (i % size)]!,
    );
    const expected = scope(() => lookupTable(tensor(chosen, [5, height, width, channels], { device }), table()));
    expect(await augmented(indices, { key: { seed: 1, stream: 1 } })).toEqual(await expected.data());
    expected.dispose();
  });

  it("takes every pixel from its own image", async () => {
    // Images of one byte value each: whatever is drawn, an output is its own image's, the fill, or 0.
    const plain = Uint8Array.from({ length: bytes.length }, (_, i) => 20 + Math.floor(i / (height * width * channels)));
    const indices = order(40);
    const y = scope(() =>
      augmentBatch(
        tensor(plain, [count, height, width, channels], { device }),
        tensor(indices, [40], { device }),
        table(),
        everything,
      ),
    );
    const values = await y.data();
    y.dispose();
    const size = height * width * channels;
    const foreign = values.findIndex((value, i) => {
      const own = entries[(20 + indices[Math.floor(i / size)]!) * channels + (i % channels)];
      const fill = entries[everything.fill * channels + (i % channels)];
      return value !== own && value !== fill && value !== 0;
    });
    expect(foreign).toBe(-1);
    const kinds = [0, entries[everything.fill * channels]].map((value) => values.includes(value as never));
    expect(kinds).toEqual([true, true]);
  });

  it("never flips at 0 and always at 1", async () => {
    const indices = order(9);
    const [straight, flipped] = [
      await augmented(indices, { key: everything.key }),
      await augmented(indices, { key: everything.key, flip: 1 }),
    ];
    const mirrored = straight.map((_, i) => {
      const [pixel, c] = [Math.floor(i / channels), i % channels];
      const column = pixel % width;
      return straight[(pixel - column + width - 1 - column) * channels + c]!;
    });
    expect(flipped).toEqual(mirrored);
  });

  it("draws anew for each step, from the step words", async () => {
    const indices = order(6);
    const draws: Float32Array[] = [];
    for (const counter of [3, 4]) {
      device.stepWords.setInteger(stepSlot, counter);
      const { key, ...augmentation } = everything;
      const y = scope(() =>
        augmentBatchFromStep(images(), tensor(indices, [6], { device }), table(), {
          ...{ ...augmentation, seed: key.seed, stream: key.stream },
        }),
      );
      draws.push((await y.data()) as Float32Array);
      y.dispose();
      expect(draws.at(-1)).toEqual(await augmented(indices, { ...everything, key: { ...key, counter } }));
    }
    expect(draws[1]).not.toEqual(draws[0]);
    device.stepWords.setInteger(stepSlot, 0);
  });

  it("gives nothing for no indices", async () => {
    expect(await augmented(new Int32Array(0), everything)).toEqual(new Float32Array(0));
  });
});

describe("what is drawn", () => {
  const options = { size: [8, 8] as const, padding: 2, fill: 0, flip: 0.5, cutout: 4, key: { seed: 1, stream: 1 } };
  const draws = drawAugmentations(4000, 8, 8, options);

  it("flips about half, and crops everywhere alike", () => {
    // Four times the scatter of 4000 draws.
    const flips = draws.filter(({ flipped }) => flipped).length;
    expect(Math.abs(flips - 2000)).toBeLessThan(4 * Math.sqrt(1000));
    for (const side of ["top", "left"] as const) {
      const seen = [0, 1, 2, 3, 4].map((offset) => draws.filter((draw) => draw[side] === offset).length);
      expect(seen.reduce((sum, each) => sum + each, 0)).toBe(4000);
      for (const each of seen) expect(Math.abs(each - 800)).toBeLessThan(4 * Math.sqrt(640));
    }
  });

  it("puts the square's middle on every pixel", () => {
    const rows = new Set(draws.map(({ cutTop }) => cutTop + 2));
    expect([...rows].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe("errors of augmentBatch", () => {
  const { device } = devices[0]!;
  const set = () => tensor(new Uint8Array(2 * 4 * 4 * 3), [2, 4, 4, 3], { device });
  const indices = () => tensor(new Int32Array(2), [2], { device });
  const table = () => tensor(new Float32Array(768), [256, 3], { device });
  const call = (options: Partial<AugmentBatchOptions>) =>
    augmentBatch(set(), indices(), table(), { key: { seed: 1, stream: 1 }, ...options });
  const key = { seed: 1, stream: 1 };
  const floats = () => tensor(new Float32Array(2), [2], { device });

  const cases: readonly (readonly [() => Tensor, new (message: string) => Error, string])[] = [
    [
      () => call({ size: [9, 4], padding: 2 }),
      ShapeError,
      "a crop of 9 by 4 does not fit into padded images of 8 by 8",
    ],
    [() => call({ padding: -1 }), ArgumentError, "padding must be a whole number of 0 to 32768, got -1"],
    [() => call({ padding: 0.5 }), ArgumentError, "got 0.5"],
    [() => call({ fill: 256 }), ArgumentError, "fill must be a whole number of 0 to 255, got 256"],
    [() => call({ flip: 1.5 }), ArgumentError, "flip must be of 0 to 1, got 1.5"],
    [() => call({ flip: Number.NaN }), ArgumentError, "got NaN"],
    [() => call({ cutout: -2 }), ArgumentError, "cutout must be a whole number of 0 to 32768, got -2"],
    [() => call({ size: [0, 4] }), ArgumentError, "size[0] must be a whole number of 1 to 32768, got 0"],
    [() => call({ key: { seed: -1, stream: 1 } }), ArgumentError, "seed must be a whole number"],
    [() => augmentBatch(set(), floats(), table(), { key }), DTypeError, "indices must be int32, got float32"],
    [() => augmentBatch(floats(), indices(), table(), { key }), DTypeError, "images must be uint8, got float32"],
    [() => augmentBatch(set(), indices(), floats(), { key }), ShapeError, "table must be [256, 3] for images of"],
    [
      () => augmentBatch(tensor(new Uint8Array(4), [2, 2], { device }), indices(), table(), { key }),
      ShapeError,
      "images must be [N, H, W, channels], got [2, 2]",
    ],
  ];

  it.each(cases)("are one line: %#", (body, type, message) => {
    expect(() => scope(body)).toThrow(type);
    expect(() => scope(body)).toThrow(message);
  });
});

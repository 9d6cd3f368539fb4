import { afterAll, describe, expect, it } from "vitest";
import { DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { lookupTable } from "./lookup-table.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  it.each([1, 2, 3, 4, 5])("copies the bits of every entry, for %d channels", async (channels) => {
    // Every byte value in every channel, in a number of pixels that fills no word.
    const pixels = 259;
    const images = Uint8Array.from(
      { length: pixels * channels },
      (_, i) => Math.floor(i / channels) + 11 * (i % channels),
    );
    const table = Float32Array.from({ length: 256 * channels }, (_, i) => Math.sin(i) / 3);
    table[5] = -0;
    table[7] = Number.POSITIVE_INFINITY;
    table[11] = 1e-45;
    const result = scope(() =>
      lookupTable(tensor(images, [7, 37, channels], { device }), tensor(table, [256, channels], { device })),
    );
    const expected = Float32Array.from(images, (value, i) => table[value * channels + (i % channels)]!);
    expect(await result.data()).toEqual(expected);
    result.dispose();
  });
});

describe("errors", () => {
  const { device } = devices[0]!;
  const images = (shape: number[]) => tensor(new Uint8Array(shape.reduce((a, b) => a * b, 1)), shape, { device });
  const table = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape, { device });

  const cases: readonly (readonly [() => Tensor, Error])[] = [
    [
      () => lookupTable(images([2, 3]), table(256, 1)),
      new ShapeError("lookupTable: table must be [256, 3] for images of [2, 3], got [256, 1]"),
    ],
    [
      () => lookupTable(images([2, 3]), table(255, 3)),
      new ShapeError("lookupTable: table must be [256, 3] for images of [2, 3], got [255, 3]"),
    ],
    [
      () => lookupTable(images([]), table(256, 1)),
      new ShapeError("lookupTable: images must be [..., channels], got a scalar"),
    ],
    [() => lookupTable(table(2, 3), table(256, 3)), new DTypeError("lookupTable: images must be uint8, got float32")],
    [
      () => lookupTable(images([2, 3]), images([256, 3])),
      new DTypeError("lookupTable: table must be float32, got uint8"),
    ],
  ];

  it.each(cases)("are one line: %#", (body, error) => {
    expect(() => scope(body)).toThrow(error);
  });
});

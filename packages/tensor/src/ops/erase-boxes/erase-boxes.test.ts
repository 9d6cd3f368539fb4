import { afterAll, describe, expect, it } from "vitest";
import { DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { eraseBoxes } from "./erase-boxes.ts";

const devices = await openTestDevices();
const cpu = devices[0]!.device;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

it.each(devices)("fills one channel or all, the last box winning, on $name", async ({ device }) => {
  using images = tensor([1, 2, 3, 4], [1, 1, 2, 2], { device });
  using boxes = tensor(Int32Array.of(0, 0, 1, 9, 1, 0, 1, 1, 1, -1), [1, 2, 5], { device });
  using y = eraseBoxes(images, boxes, tensor([5, 6, 7, 8], [1, 2, 2], { device }));
  expect(await y.data()).toEqual(Float32Array.of(1, 6, 7, 8));
});

describe("errors", () => {
  const images = () => tensor(new Float32Array(24), [2, 2, 2, 3], { device: cpu });
  const boxes = (count = 2) => tensor(new Int32Array(5 * count), [count, 1, 5], { device: cpu });
  const colors = (channels = 3) => tensor(new Float32Array(channels), [channels], { device: cpu });
  const cases: [() => Tensor, Error][] = [
    [
      () => eraseBoxes(colors(), boxes(), colors()),
      new ShapeError("eraseBoxes: images must be [N, H, W, channels], got [3]"),
    ],
    [
      () => eraseBoxes(images(), boxes(3), colors()),
      new ShapeError("eraseBoxes: boxes must be [2, K, 5], some for each image, got [3, 1, 5]"),
    ],
    [
      () => eraseBoxes(images(), boxes(), colors(2)),
      new ShapeError("eraseBoxes: colors must be [3] or [2, 1, 3], got [2]"),
    ],
    [() => eraseBoxes(images(), colors(), colors()), new DTypeError("eraseBoxes: boxes must be int32, got float32")],
  ];

  it.each(cases)("are one line: %#", (call, error) => {
    expect(() => scope(call)).toThrow(error);
  });
});

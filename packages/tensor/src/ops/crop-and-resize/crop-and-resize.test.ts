import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { cropAndResize } from "./crop-and-resize.ts";

const devices = await openTestDevices();
const cpu = devices[0]!.device;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

it.each(devices)("copies a box of the output's size bit for bit on $name", async ({ device }) => {
  using images = tensor([2e-38, 3e38, -0, -3e38], [1, 1, 4, 1], { device });
  using boxes = tensor(Int32Array.of(0, -1, 1, 4, 1), [1, 5], { device });
  using y = cropAndResize(images, boxes, tensor([7], [1], { device }));
  // From the right: columns 2, 1, 0, and one outside.
  expect(await y.data()).toEqual(Float32Array.of(-0, 3e38, 2e-38, 7));
});

describe("errors", () => {
  const images = () => tensor(new Float32Array(24), [2, 2, 2, 3], { device: cpu });
  const boxes = (count = 2) => tensor(new Int32Array(5 * count), [count, 5], { device: cpu });
  const fill = (channels = 3) => tensor(new Float32Array(channels), [channels], { device: cpu });
  const cases: [() => Tensor, Error][] = [
    [
      () => cropAndResize(fill(), boxes(), fill()),
      new ShapeError("cropAndResize: images must be [N, H, W, channels], got [3]"),
    ],
    [
      () => cropAndResize(images(), boxes(3), fill()),
      new ShapeError("cropAndResize: boxes must be [2, 5], one for each image, got [3, 5]"),
    ],
    [
      () => cropAndResize(images(), boxes(), fill(2)),
      new ShapeError("cropAndResize: fill must be [3], a value for each channel, got [2]"),
    ],
    [() => cropAndResize(images(), fill(), fill()), new DTypeError("cropAndResize: boxes must be int32, got float32")],
    [
      () => cropAndResize(images(), boxes(), fill(), { size: [0, 2] }),
      new ArgumentError("cropAndResize: size[0] must be a whole number of 1 to 16384, got 0"),
    ],
  ];

  it.each(cases)("are one line: %#", (call, error) => {
    expect(() => scope(call)).toThrow(error);
  });
});

// Whether a network's step is right: what is let through, and what is not.
import { openCpu, setDefaultDevice } from "@tessera/tensor";
import { expect, it } from "vitest";
import { compare, verifyStep } from "./verify.ts";

const result = (loss: number, ...values: number[]) => ({
  loss,
  gradients: [["kernel", Float32Array.from(values)]] as const,
});

it("lets a step of the small CNN through on a device that is right", async () => {
  const device = await openCpu({ threads: 2 });
  setDefaultDevice(device);
  expect(await verifyStep(device, "cnn")).toBeNull();
  await device.destroy();
});

it("names a loss or a gradient that is off", () => {
  const expected = result(4, 1, 2, 2);
  expect(compare(result(4.001, 1, 2, 2.001), expected)).toBeNull();
  expect(compare(result(4.01, 1, 2, 2), expected)).toMatch(/the loss is 4.01/);
  expect(compare(result(4, 1, 2, 2.01), expected)).toMatch(/the gradient of kernel is off/);
  expect(compare(result(Number.NaN, 1, 2, 2), expected)).toMatch(/the loss is NaN/);
  expect(compare(result(4, 1, 2, Number.NaN), expected)).toMatch(/the gradient of kernel is off by NaN/);
});

import { type Device, openCpu, Tensor } from "@tessera/tensor";
import { afterEach, describe, expect, it, vi } from "vitest";
import { examineDevices, formatGflops } from "./devices.ts";
import { devicesText } from "./report.ts";
import { measureMatmul } from "./speed.ts";

afterEach(() => vi.restoreAllMocks());

describe("measureMatmul", () => {
  async function onCpu<T>(body: (device: Device) => Promise<T>): Promise<T> {
    const device = await openCpu({ threads: 1 });
    try {
      return await body(device);
    } finally {
      await device.destroy();
    }
  }

  it("gives a speed, and says how far it is", async () => {
    const rounds: number[] = [];
    const speed = await onCpu((device) => measureMatmul(device, 0.2, (elapsed) => rounds.push(elapsed)));
    expect(speed.gflops).toBeGreaterThan(0);
    expect([256, 512, 1024, 2048]).toContain(speed.size);
    expect(rounds.at(-1)).toBeGreaterThanOrEqual(0.2);
  });

  it("notices a wrong product", async () => {
    const read = Tensor.prototype.data;
    vi.spyOn(Tensor.prototype, "data").mockImplementation(async function (this: Tensor) {
      const values = await read.call(this);
      return values.length > 1 ? values.map((value) => value * 1.001) : values;
    });
    await expect(onCpu((device) => measureMatmul(device, 0))).rejects.toThrow(/^a product came out wrong: expected /);
  });
});

it("a device that fails its reading is reported, and the others are measured", async () => {
  const read = Tensor.prototype.data;
  let calls = 0;
  vi.spyOn(Tensor.prototype, "data").mockImplementation(function (this: Tensor) {
    return calls++ === 0 ? Promise.reject(new Error("the driver went away\n  hint: reboot")) : read.call(this);
  });
  const report = await examineDevices();
  const [cpu, ...others] = report.devices;
  expect(cpu).toMatchObject({ kind: "cpu", error: "the driver went away" });
  for (const device of others) expect(device.speed!.gflops).toBeGreaterThan(0);
  expect(devicesText(report)).toMatch(/^ {2}cpu .*\n {14}FAILED: the driver went away$/m);
  expect(report.auto).toMatchObject({ device: expect.stringMatching(/cpu|webgpu/) });
});

it("formatGflops shows three digits or so", () => {
  expect([0.2345, 12.34, 345.6, 12345.6].map(formatGflops)).toEqual([
    "0.23 GFLOP/s",
    "12.3 GFLOP/s",
    "346 GFLOP/s",
    "12,346 GFLOP/s",
  ]);
});

import { afterAll, describe, expect, it } from "vitest";
import { measurePeak } from "./devices/measure-peak.ts";
import { openDevice } from "./devices/open-device.ts";
import { profile } from "./devices/profile.ts";
import { Profiler, profileRows } from "./devices/profiler.ts";
import { conv2d } from "./ops/conv2d/conv2d.ts";
import { matmul } from "./ops/matmul/matmul.ts";
import { relu } from "./ops/relu/relu.ts";
import { scope } from "./scope.ts";
import { tensor } from "./tensor.ts";
import { openTestDevices } from "./testing/devices.ts";

const devices = await openTestDevices();
afterAll(() => Promise.all(devices.map(({ device }) => device.destroy())));

describe.each(devices)("profile on $name", ({ device }) => {
  const filled = (...shape: number[]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return tensor(new Float32Array(size).fill(0.5), shape, { device });
  };

  it("counts calls, launches, products and bytes by op and shapes, and times them", async () => {
    using a = filled(64, 96);
    using b = filled(96, 32);
    using x = filled(2, 8, 8, 4);
    using filter = filled(3, 3, 4, 8);
    const body = () =>
      scope(() => {
        for (let i = 0; i < 3; i++) matmul(a, b);
        conv2d(x, filter);
      });
    body();
    const before = performance.now();
    const { entries, kernelMilliseconds, milliseconds } = await profile(device, body);
    expect(milliseconds).toBeLessThanOrEqual(performance.now() - before);
    const product = entries.find(({ op }) => op === "matmul")!;
    expect(product).toMatchObject({ shapes: "[64, 96], [96, 32] → [64, 32]", calls: 3 });
    // Rates are counts over the time, so the counts come back from them.
    expect(product.gflops * product.milliseconds * 1e6).toBeCloseTo(3 * 2 * 64 * 96 * 32, 0);
    const bytes = 4 * (64 * 96 + 96 * 32 + 64 * 32);
    expect(product.gigabytesPerSecond * product.milliseconds * 1e6).toBeCloseTo(3 * bytes, 0);
    const convolution = entries.find(({ op }) => op === "conv2d")!;
    expect(convolution.gflops * convolution.milliseconds * 1e6).toBeCloseTo(2 * (2 * 6 * 6) * 8 * 9 * 4, 0);
    for (const { kernels, milliseconds: total } of entries) {
      expect(total).toBeGreaterThan(0);
      expect(kernels.reduce((sum, kernel) => sum + kernel.milliseconds, 0)).toBeCloseTo(total, 9);
    }
    expect(entries.reduce((sum, entry) => sum + entry.milliseconds, 0)).toBeCloseTo(kernelMilliseconds, 9);
    // Two clocks, so only roughly: kernels run one after the other, within the time that the host saw.
    expect(kernelMilliseconds).toBeLessThan(milliseconds * 1.01);
  });

  it("leaves results alone, ends with the body, and begins anew", async () => {
    using x = tensor(new Float32Array([-1, 2, -3, 4]), [4], { device });
    const results: Promise<unknown>[] = [];
    const body = () => {
      const y = relu(x);
      results.push(y.data().finally(() => y.dispose()));
    };
    const first = await profile(device, body);
    body();
    const second = await profile(device, body);
    for (const result of results) expect(await result).toEqual(new Float32Array([0, 2, 0, 4]));
    for (const { entries } of [first, second])
      expect(entries.find(({ op }) => op === "relu")).toMatchObject({ calls: 1 });
    expect(device.profiler).toBeNull();
  });

  it("is over when the body throws, and refuses a second at a time", async () => {
    const nested = () => profile(device, () => {}).then(() => {});
    await expect(profile(device, nested)).rejects.toThrow("profile: the device is being profiled already");
    expect(device.profiler).toBeNull();
  });

  it("times more launches than one set of timestamps holds", async () => {
    // A set holds 1024: one that got lost would take all the time of the first shape, or of the last, with it.
    const launches = 1000;
    const inputs = [filled(4), filled(8), filled(16)];
    const { entries } = await profile(device, () => {
      for (const x of inputs) for (let i = 0; i < launches; i++) relu(x).dispose();
    });
    const found = entries.filter(({ op }) => op === "relu");
    expect(found).toHaveLength(inputs.length);
    for (const { calls, kernels, milliseconds } of found) {
      expect(calls).toBe(launches);
      expect(kernels.reduce((sum, kernel) => sum + kernel.launches, 0)).toBe(launches);
      expect(milliseconds).toBeGreaterThan(0);
    }
    for (const x of inputs) x.dispose();
  });
});

it("says that there is no clock where the worker shares no memory", async () => {
  const device = await openDevice("cpu", { sharedMemory: false });
  await expect(profile(device, () => {})).rejects.toThrow(/^cpu: profile: the worker has no clock/);
  await device.destroy();
});

it("counts what finds no row in the last one", () => {
  const profiler = new Profiler();
  const rows = Array.from({ length: profileRows + 10 }, (_, i) => profiler.row(`kernel ${i}`));
  expect(Math.max(...rows)).toBe(profileRows - 1);
  expect(new Set(rows.slice(0, profileRows - 2)).size).toBe(profileRows - 2);
  const milliseconds = new Float64Array(profileRows).fill(1);
  const entries = profiler.entries(milliseconds);
  expect(entries.reduce((sum, entry) => sum + entry.milliseconds, 0)).toBe(profileRows - 1);
});

describe.each(devices)("the peak of $name", ({ device }) => {
  it("is a rate, and leaves no memory behind", async () => {
    const { liveBytes } = device.memory();
    const { gflops, gigabytesPerSecond } = await measurePeak(device);
    expect(gflops).toBeGreaterThan(0);
    expect(gflops).toBeLessThan(1e6);
    expect(gigabytesPerSecond).toBeGreaterThan(0);
    expect(gigabytesPerSecond).toBeLessThan(1e6);
    expect(device.memory().liveBytes).toBe(liveBytes);
  });
});

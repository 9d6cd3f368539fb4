import { afterAll, describe, expect, it } from "vitest";
import { DeviceError } from "../../errors.ts";
import { openWebgpuOrWarn } from "../../testing/devices.ts";
import { setDefaultDevice } from "../default-device.ts";
import { findAdapter, requestDevice } from "./adapter.ts";
import { defineKernel, spread, spreadStrided } from "./kernel.ts";
import { openWebgpu } from "./open-webgpu.ts";
import { openTuner } from "./tuner/device-tuner.ts";
import { WebgpuDevice } from "./webgpu-device.ts";

const device = (await openWebgpuOrWarn()) as WebgpuDevice | null;
afterAll(() => device?.destroy());

const header = `
struct Parameters { size: u32, amount: f32 }
@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@group(0) @binding(1) var<uniform> parameters: Parameters;
`;

const plus = defineKernel({
  name: "test plus",
  code: `${header}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < parameters.size) { values[id.x] += parameters.amount; }
}`,
  bindings: { values: "write" },
  parameters: { size: "u32", amount: "f32" },
  constants: {},
});

const broken = defineKernel({
  ...plus,
  name: "test broken",
  code: `${header}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) { values[id.x] = undefinedName; }`,
});

const bytes = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const floats = (buffer: ArrayBuffer) => [...new Float32Array(buffer)];

describe.skipIf(!device)("the webgpu device", () => {
  const gpu = device!;
  const add = (block: ReturnType<WebgpuDevice["allocate"]>, amount: number, size = 4) =>
    gpu.run(plus, { bindings: { values: block }, parameters: { size, amount }, workgroups: spread(size, 64) });

  it("keeps uploads, launches, copies and reads in the order of the calls", async () => {
    const [a, b] = [gpu.allocate(16, "a"), gpu.allocate(16, "b")];
    gpu.write(a, bytes(1, 2, 3, 4));
    add(a, 10);
    gpu.copy(a, b, 16);
    gpu.write(a, bytes(0, 0, 0, 0)); // must not be seen by the launch and the copy before it
    add(a, 1);
    const [fromA, fromB] = await Promise.all([gpu.read(a, 16), gpu.read(b, 16)]);
    expect(floats(fromA)).toEqual([1, 1, 1, 1]);
    expect(floats(fromB)).toEqual([11, 12, 13, 14]);
    gpu.free(a);
    gpu.free(b);
  });

  it("hands the same buffers out for the same sequence of calls", () => {
    const sequence = () => {
      const blocks = [100, 5000, 100, 70000].map((byteLength) => gpu.allocate(byteLength, "sequence"));
      gpu.free(blocks[1]!);
      blocks.push(gpu.allocate(5000, "sequence"));
      const ids = blocks.map(({ id }) => id);
      for (const block of [blocks[4]!, blocks[2]!, blocks[0]!, blocks[3]!]) gpu.free(block);
      return ids;
    };
    sequence();
    const { reservedBytes } = gpu.memory();
    expect(sequence()).toEqual(sequence());
    expect(gpu.memory().reservedBytes).toBe(reservedBytes);
  });

  it("makes no new bind group and takes one submit when a step is repeated", () => {
    const repeat = () => {
      const blocks = [gpu.allocate(64, "step"), gpu.allocate(64, "step")];
      gpu.write(blocks[0]!, bytes(1, 2, 3, 4));
      add(blocks[0]!, 1);
      gpu.copy(blocks[0]!, blocks[1]!, 16);
      add(blocks[1]!, 2);
      for (const block of blocks) gpu.free(block);
      gpu.submit();
    };
    repeat();
    repeat();
    const before = gpu.counters;
    repeat();
    expect(gpu.counters).toEqual({ ...before, submits: before.submits + 1 });
  });

  it("names the kernel that does not compile, and why, at the next read; and goes on working", async () => {
    const block = gpu.allocate(16, "a");
    gpu.write(block, bytes(1, 2, 3, 4));
    gpu.run(broken, { bindings: { values: block }, parameters: { size: 4, amount: 0 }, workgroups: [1, 1, 1] });
    const failure = await gpu.read(block, 16).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DeviceError);
    expect(String(failure)).toMatch(/kernel "test broken": .*undefinedName/);
    gpu.write(block, bytes(1, 2, 3, 4));
    add(block, 1);
    expect(floats(await gpu.read(block, 16))).toEqual([2, 3, 4, 5]);
    gpu.free(block);
  });

  it("says how much is too much", () => {
    expect(() => gpu.allocate(2 ** 45, "matmul [a, b]")).toThrow(/webgpu: matmul \[a, b\] takes \d+ bytes, one buffer/);
  });

  it("rejects what is asked of it after its end", async () => {
    const other = (await openWebgpuOrWarn()) as WebgpuDevice;
    const block = other.allocate(16, "a");
    const pending = other.read(block, 16);
    await other.destroy();
    await expect(pending).rejects.toThrow("webgpu: the device was destroyed");
    await expect(other.read(block, 16)).rejects.toThrow("webgpu: the device was destroyed");
    expect(() => other.allocate(16, "a")).toThrow("webgpu: the device was destroyed");
    other.free(block);
    await other.destroy();
  });

  it("keeps to a limit of memory, gives back what it kept for reuse before it refuses, and goes on", async () => {
    const other = await openWebgpu({ memoryLimit: 4 << 20 });
    const large = other.allocate(3 << 20, "large");
    other.write(large, bytes(1, 2, 3, 4));
    const full = other.memory();
    expect(() => other.allocate(1.5 * 2 ** 20, "conv2d")).toThrow(
      /^conv2d: out of memory on the webgpu device: asked for 1.5 MiB, 3.0 MiB of 4.0 MiB in use\n.*smaller batch/,
    );
    expect(other.memory()).toEqual(full);
    expect(floats(await other.read(large, 16))).toEqual([1, 2, 3, 4]);
    const copy = other.allocate(16, "copy");
    other.copy(large, copy, 16);
    other.free(large); // kept for reuse, and still read by the copy that is queued
    const next = other.allocate(3.5 * 2 ** 20, "next");
    other.write(next, bytes(5, 6, 7, 8));
    expect(floats(await other.read(copy, 16))).toEqual([1, 2, 3, 4]);
    expect(floats(await other.read(next, 16))).toEqual([5, 6, 7, 8]);
    await other.destroy();
  });

  it("takes no limit below one byte", async () => {
    const message = "openWebgpu: memoryLimit: expected a positive number of bytes, got 0";
    await expect(openWebgpu({ memoryLimit: 0 })).rejects.toThrow(message);
  });

  it("is lost for good when the driver takes it away, and says so at the next call", async () => {
    const adapter = (await findAdapter()) as GPUAdapter;
    const raw = await requestDevice(adapter);
    const tuner = await openTuner(adapter, raw, true, { tune: "off" });
    const other = new WebgpuDevice(adapter, raw, tuner);
    const block = other.allocate(16, "a");
    const pending = other.read(block, 16);
    raw.destroy();
    await expect(pending).rejects.toThrow(/^webgpu: the device was lost: /);
    expect(() => other.allocate(16, "b")).toThrow(DeviceError);
    expect(() => other.write(block, bytes(1))).toThrow(
      /^webgpu: the device was lost: .*\n {2}hint: its tensors are gone/,
    );
    await expect(other.read(block, 16)).rejects.toThrow("webgpu: the device was lost");
    other.free(block);
    await other.destroy();
    setDefaultDevice(null);
  });
});

describe("workgroups of kernels that go through their items with strides", () => {
  const invocations = (software: boolean, items: number, least?: number) =>
    64 * spreadStrided({ software }, items, least).reduce((product, count) => product * count, 1);

  it.each([false, true])("are at most one invocation an item and at least one in sixteen, software: %s", (software) => {
    for (const items of [1, 63, 64, 4097, 262_145, 1_000_003, 300_000_001]) {
      expect(invocations(software, items)).toBeLessThan(items + 64 * 5000);
      expect(16 * invocations(software, items)).toBeGreaterThanOrEqual(items);
    }
  });

  it("are fewer on software adapters, and enough for hardware", () => {
    expect(invocations(true, 65_536)).toBe(4096);
    expect(invocations(false, 65_536)).toBe(65_536);
    expect(invocations(false, 1_048_576)).toBe(262_144);
  });

  it("are as many as asked for, where there are as many items", () => {
    expect(invocations(true, 20_000, 10_000)).toBeGreaterThanOrEqual(10_000);
    expect(invocations(true, 5000, 10_000)).toBeGreaterThanOrEqual(5000);
  });
});

/** @file A system that refuses memory to the worker that owns it: what there was goes on being used. */
import { expect, it, vi } from "vitest";
import { openCpu } from "./cpu-device.ts";
import { floatsIn, upload } from "./test-device.ts";

/** The worker, on a system that gives no more than 24 MiB. */
vi.mock("../../../build/queue-worker.txt", async (original) => {
  const { default: program } = await original<{ default: string }>();
  const grow = `{
    const grow = WebAssembly.Memory.prototype.grow;
    WebAssembly.Memory.prototype.grow = function (pages) {
      if (this.buffer.byteLength + pages * 65536 > 24 << 20) throw new RangeError("the system has no more");
      return grow.call(this, pages);
    };
  }\n`;
  return { default: grow + program };
});

it("reports refused growth once, keeps old tensors, and goes on with the memory that there is", async () => {
  const device = await openCpu({ sharedMemory: false });
  const old = upload(device, [1, 2, 3]);
  expect(await floatsIn(device, old, 3)).toEqual([1, 2, 3]);
  const { reservedBytes } = device.memory();

  const refused = device.allocate(64 << 20, "too much");
  device.write(refused, new Uint8Array(16));
  const message =
    /^cpu: out of memory: the system was asked for \d+\.\d MiB, and gave \d+\.\d KiB: the system has no more\n.*smaller batch/;
  await expect(device.read(refused, 16)).rejects.toThrow(message);

  expect(device.memory().reservedBytes).toBe(reservedBytes);
  expect(await floatsIn(device, old, 3)).toEqual([1, 2, 3]);
  expect(() => device.allocate(64 << 20, "too much again")).toThrow(
    /^too much again: out of memory on the cpu device: asked for 64.0 MiB, .* in use, at most 63.\d MiB free in one piece/,
  );
  device.free(refused);
  const smaller = device.allocate(8 << 20, "a smaller batch");
  const sum = upload(device, [4, 5]);
  expect(sum.address).toBeGreaterThan(smaller.address + (8 << 20));
  device.copy(old, sum, 4);
  expect(await floatsIn(device, sum, 2)).toEqual([1, 5]);
  expect(() => device.allocate(64 << 20, "and again")).toThrow(/^and again: out of memory/);
  await device.destroy();
});

it("answers reads of old tensors that were on their way when growth was refused", async () => {
  const device = await openCpu({ sharedMemory: false });
  const old = upload(device, [7]);
  const before = floatsIn(device, old, 1);
  device.write(device.allocate(64 << 20, "too much"), new Uint8Array(16));
  const during = floatsIn(device, old, 1);
  await expect(during).rejects.toThrow("cpu: out of memory");
  expect(await before).toEqual([7]);
  expect(await floatsIn(device, old, 1)).toEqual([7]);
  await device.destroy();
});

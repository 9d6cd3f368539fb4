import { afterEach, describe, expect, it } from "vitest";
import { DeviceError } from "../../errors.ts";
import { COUNTER, type CpuDevice, openCpu } from "./cpu-device.ts";
import { floatsIn, openTestDevice, upload } from "./test-device.ts";

type Options = Parameters<typeof openTestDevice>[0];

const transports: [string, Options][] = [
  ["1 thread", { threads: 1 }],
  ["2 threads", { threads: 2 }],
  ["3 threads", { threads: 3 }],
  ["one worker that owns the memory", { sharedMemory: false }],
];

const devices: CpuDevice[] = [];

async function open(options: Options): Promise<CpuDevice> {
  const device = await openTestDevice(options);
  devices.push(device);
  return device;
}

afterEach(async () => {
  await Promise.all(devices.splice(0).map((device) => device.destroy()));
});

describe.each(transports)("with %s", (_, options) => {
  it("carries out uploads, launches, copies and reads in order", async () => {
    const device = await open(options);
    const a = upload(device, [1, 2, 3, 4, 5]);
    const b = device.allocate(20, "b");
    device.copy(a, b, 20);
    device.run("fillFloats", [a.address, 3, 0.5]);
    const before = floatsIn(device, a);
    device.write(a, new Uint8Array(new Float32Array([9]).buffer));
    device.run("addReversed", [a.address, b.address, b.address + 0, 0]);
    const sum = device.allocate(20, "sum");
    device.run("addReversed", [a.address, b.address, sum.address, 5]);
    expect(await floatsIn(device, sum)).toEqual([14, 4.5, 3.5, 6, 6]);
    expect(await before).toEqual([0.5, 0.5, 0.5, 4, 5]);
    expect(await floatsIn(device, b, 2)).toEqual([1, 2]);
  });

  it("copies every byte of sizes around the cache line", async () => {
    const device = await open(options);
    for (const size of [1, 63, 64, 65, 127, 128, 129, 191, 193, 1000]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i * 7 + size);
      const [source, target] = [device.allocate(size, "source"), device.allocate(size, "target")];
      device.write(target, new Uint8Array(size));
      device.write(source, bytes);
      device.copy(source, target, size);
      expect(new Uint8Array(await device.read(target, size))).toEqual(bytes);
    }
  });

  it("puts every write of one launch before every read of the next", async () => {
    const device = await open(options);
    const length = 999;
    let x = upload(device, new Float32Array(length).fill(1));
    for (let round = 0; round < 20; round++) {
      const next = device.allocate(length * 4, "next");
      device.run("addReversed", [x.address, x.address, next.address, length]);
      device.free(x);
      x = next;
    }
    expect(await floatsIn(device, x)).toEqual(new Array(length).fill(2 ** 20));
  });

  it("hands a zeroed counter to every launch", async () => {
    const device = await open(options);
    const target = upload(device, new Float32Array(500));
    for (let i = 0; i < 3000; i++) device.run("countChunks", [target.address, 500, COUNTER]);
    expect(new Int32Array(await device.read(target, 2000))).toEqual(new Int32Array(500).fill(3000));
  });

  it("reports a trap at the next read, by the kernel's name, and goes on", async () => {
    const device = await open(options);
    const x = upload(device, [1, 2]);
    const before = floatsIn(device, x);
    device.run("trapOn", [device.threads - 1]);
    device.run("fillFloats", [x.address, 2, 7]);
    await expect(floatsIn(device, x)).rejects.toThrow(/^trapOn: .*unreachable/);
    expect(await before).toEqual([1, 2]);
    expect(await floatsIn(device, x)).toEqual([7, 7]);
    device.run("trapOn", [-1]);
    await expect(floatsIn(device, x)).rejects.toThrow(DeviceError);
    expect(await floatsIn(device, x)).toEqual([7, 7]);
  });
});

describe.each([1, 2, 3])("the numbers of commands with %i threads", (threads) => {
  it.each([2 ** 31 - 700, 2 ** 32 - 700, Math.floor(2 ** 32 / threads) - 700])("numbers on past %i", async (start) => {
    const device = await open({ threads, start });
    const target = upload(device, new Float32Array(4));
    for (let i = 0; i < 1500; i++) device.run("countChunks", [target.address, 4, COUNTER]);
    expect(new Int32Array(await device.read(target, 16))).toEqual(new Int32Array(4).fill(1500));
  });
});

describe.each([transports[1]!, transports[3]!])("the queue with %s", (_, options) => {
  it("takes more commands than the ring holds without waiting", async () => {
    const device = await open(options);
    const x = device.allocate(4, "x");
    const trail = device.allocate(4 * 10_000, "trail");
    const step = device.allocate(4, "busy");
    device.run("spinRounds", [step.address, 20_000_000]);
    for (let i = 0; i < 10_000; i++) {
      device.run("fillFloats", [x.address, 1, i]);
      device.run("copyBytes", [x.address, trail.address + 4 * i, 4]);
    }
    expect(await floatsIn(device, trail)).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
  });

  it("keeps uploads apart that are larger and more than staging memory holds, and copies the host's bytes at once", async () => {
    const device = await open(options);
    const busy = device.allocate(4, "busy");
    device.run("spinRounds", [busy.address, 20_000_000]);
    const host = new Uint8Array(3_000_001);
    const blocks = Array.from({ length: 7 }, (_, i) => {
      host.fill(i + 1);
      const block = device.allocate(host.length, "large");
      device.write(block, host);
      return block;
    });
    host.fill(0);
    for (const [i, block] of blocks.entries()) {
      const bytes = new Uint8Array(await device.read(block, host.length));
      expect(bytes.every((byte) => byte === i + 1)).toBe(true);
    }
  });

  it("reuses freed memory at once, for commands and for uploads", async () => {
    const device = await open(options);
    const results = device.allocate(400 * 4, "results");
    for (let i = 0; i < 400; i++) {
      const x = upload(device, [i]);
      device.run("copyBytes", [x.address, results.address + 4 * i, 4]);
      device.free(x);
    }
    expect(await floatsIn(device, results)).toEqual(Array.from({ length: 400 }, (_, i) => i));
  });

  it("stays flat over many rounds", async () => {
    const device = await open(options);
    const round = async (i: number) => {
      const x = upload(device, new Float32Array(5000).fill(i));
      const y = device.allocate(20_000, "y");
      device.run("addReversed", [x.address, x.address, y.address, 5000]);
      device.scratch(12_345, (address) => device.run("fillFloats", [address, 3000, 1]));
      if (i % 50 === 0) expect((await floatsIn(device, y, 1))[0]).toBe(2 * i);
      device.free(x);
      device.free(y);
    };
    await round(0);
    const first = device.memory();
    for (let i = 1; i <= 2000; i++) await round(i);
    expect(device.memory()).toEqual(first);
  });

  it("caches constants by content and bounds how many it keeps", async () => {
    const device = await open(options);
    const address = device.constant(Int32Array.of(3, 1, 4));
    expect(device.constant(Int32Array.of(3, 1, 4))).toBe(address);
    expect(device.constant(Int32Array.of(3, 14))).not.toBe(address);
    const out = device.allocate(5000 * 4, "out");
    for (let i = 0; i < 5000; i++) {
      device.run("copyBytes", [device.constant(Int32Array.of(i)), out.address + 4 * i, 4]);
    }
    expect(device.memory().liveBlocks).toBeLessThan(1100);
    expect(new Int32Array(await device.read(out, 20_000))).toEqual(Int32Array.from({ length: 5000 }, (_, i) => i));
  });

  it("uploads step words in order with the launches", async () => {
    const device = await open(options);
    const slot = device.stepWords.reserve();
    const out = device.allocate(40, "out");
    for (let i = 0; i < 10; i++) {
      device.stepWords.setFloat(slot, i / 2);
      device.run("copyBytes", [device.stepWords.current().address + 4 * slot, out.address + 4 * i, 4]);
    }
    expect(await floatsIn(device, out)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5]);
  });

  it("refuses an unknown kernel and a wrong number of arguments at once", async () => {
    const device = await open(options);
    expect(() => device.run("nothing", [])).toThrow("nothing: the cpu device has no kernel of this name");
    expect(() => device.run("fillFloats", [1, 2])).toThrow("fillFloats: the kernel takes 3 arguments, got 2");
  });

  it("refuses ranges outside of a block, and freeing twice", async () => {
    const device = await open(options);
    const block = device.allocate(1000, "block");
    expect(device.slice(block, 256, 744)).toEqual({ address: block.address + 256, byteLength: 744 });
    expect(() => device.slice(block, 256, 745)).toThrow(DeviceError);
    expect(() => device.slice(block, 100, 4)).toThrow("offset 100 is not a multiple of");
    expect(() => device.write(block, new Uint8Array(1001))).toThrow(DeviceError);
    await expect(device.read(block, 1001)).rejects.toThrow(DeviceError);
    device.free(block);
    expect(() => device.free(block)).toThrow("freed before");
  });
});

describe.each([transports[1]!, transports[3]!])("memory with %s", (_, options) => {
  it("grows while work is queued, and reaches addresses above 2 GiB", async () => {
    const device = await open(options);
    const low = upload(device, [1, 2, 3]);
    const pending = floatsIn(device, low);
    const before = device.memory().reservedBytes;
    const gap = device.allocate(2.2 * 2 ** 30, "gap");
    const high = upload(device, [10, 20, 30]);
    expect(high.address).toBeGreaterThan(2 ** 31);
    expect(device.memory().reservedBytes).toBeGreaterThan(before + 2 ** 31);
    const sum = device.allocate(12, "sum");
    device.run("addReversed", [low.address, high.address, sum.address, 3]);
    const tail = device.slice(gap, 2 ** 31, 8);
    device.copy(sum, tail, 8);
    expect(await pending).toEqual([1, 2, 3]);
    expect(await floatsIn(device, sum)).toEqual([31, 22, 13]);
    expect(await floatsIn(device, tail)).toEqual([31, 22]);
  });

  it("grows between any two commands", async () => {
    const device = await open(options);
    for (let i = 0; i < 40; i++) {
      device.allocate(20 << 20, "gap");
      expect(await floatsIn(device, upload(device, [i, i + 1]))).toEqual([i, i + 1]);
    }
  });

  it("says what was asked and what is in use when it runs out, and goes on", async () => {
    const device = await open(options);
    const most = device.allocate(3 * 2 ** 30, "activations");
    const before = device.memory();
    expect(() => device.allocate(2 ** 30, "conv2d [32, 512]")).toThrow(
      /^conv2d \[32, 512\]: out of memory on the cpu device: asked for 1.0 GiB, 3.0 GiB of 4.0 GiB in use, at most 10\d\d\.\d MiB free in one piece\n.*smaller batch/,
    );
    expect(device.memory()).toEqual(before);
    expect(await floatsIn(device, upload(device, [5]))).toEqual([5]);
    device.free(most);
    expect(device.allocate(3 * 2 ** 30, "again").address).toBe(most.address);
  });
});

describe.each([transports[1]!, transports[3]!])("life with %s", (_, options) => {
  it("rejects pending reads when it is destroyed, and everything afterwards", async () => {
    const device = await open(options);
    const x = upload(device, [1]);
    device.run("spinRounds", [x.address, 2_000_000_000]);
    const read = device.read(x, 4);
    const rejected = expect(read).rejects.toThrow("cpu: the device was destroyed");
    await device.destroy();
    await rejected;
    await device.destroy();
    expect(() => device.allocate(4, "x")).toThrow(DeviceError);
    expect(() => device.run("trapOn", [0])).toThrow(DeviceError);
    expect(() => device.write(x, new Uint8Array(4))).toThrow(DeviceError);
    await expect(device.read(x, 4)).rejects.toThrow(DeviceError);
    device.free(x);
  });
});

describe("openCpu", () => {
  it.each([true, false])("opens on the shipped kernels, both builds, with shared memory: %s", async (sharedMemory) => {
    for (const relaxedSimd of [undefined, false]) {
      const device = await openCpu({ threads: 2, relaxedSimd, sharedMemory });
      devices.push(device);
      expect(device.build).toBe(relaxedSimd === false ? "plain" : "relaxed");
      const simd = relaxedSimd === false ? "SIMD" : "relaxed SIMD";
      const [threads, memory] = sharedMemory ? ["2 threads", ""] : ["1 thread", ", no shared memory"];
      expect(device.description).toBe(`cpu: ${threads}, WebAssembly ${simd}${memory}`);
      expect(await floatsIn(device, upload(device, [1, 2]))).toEqual([1, 2]);
    }
  });

  it("refuses no threads and too little memory", async () => {
    await expect(openCpu({ threads: 0 })).rejects.toThrow("openCpu: threads: expected a positive integer, got 0");
    await expect(openCpu({ memoryLimit: 1000 })).rejects.toThrow(
      "openCpu: memoryLimit: expected at least 16777216 bytes, got 1000",
    );
  });

  it.each([true, false])("keeps to a limit of memory, with shared memory: %s", async (sharedMemory) => {
    const device = await openCpu({ threads: 2, sharedMemory, memoryLimit: 32 << 20 });
    devices.push(device);
    const first = device.allocate(16 << 20, "first");
    expect(() => device.allocate(16 << 20, "second")).toThrow(
      /^second: out of memory on the cpu device: asked for 16.0 MiB, 16.0 MiB of 32.0 MiB in use, at most \d+\.\d MiB free/,
    );
    device.free(first);
    const second = device.allocate(16 << 20, "second");
    const end = device.slice(second, (16 << 20) - 16, 16);
    device.write(end, new Uint8Array(16).fill(9));
    expect(new Uint8Array(await device.read(end, 16))).toEqual(new Uint8Array(16).fill(9));
    expect(device.memory().reservedBytes).toBeLessThanOrEqual(32 << 20);
  });
});

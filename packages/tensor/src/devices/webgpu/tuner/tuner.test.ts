import { describe, expect, it } from "vitest";
import { openWebgpuOrWarn } from "../../../testing/devices.ts";
import { defineKernel } from "../kernel.ts";
import { openWebgpu } from "../open-webgpu.ts";
import type { WebgpuBlock, WebgpuDevice } from "../webgpu-device.ts";
import type { Candidate } from "./choices.ts";
import type { TunerStorage } from "./storage.ts";
import { tuneBucket } from "./tuner.ts";
import type { ProblemSizes, Variant, VariantFamily } from "./variants.ts";

const sizes: ProblemSizes = {
  ...{ bucket: "size8", rows: 8, inner: 1, columns: 1, products: 1, terms: 1, inputs: [8], output: 8 },
};

/** A candidate of a device that is made of numbers: what its elements are, and how long a launch takes. */
interface Planted {
  readonly name: string;
  readonly milliseconds: number;
  readonly fill?: (x: Float32Array, y: Float32Array) => void;
}

const twice = (x: Float32Array, y: Float32Array) => y.set(x.map((value) => value * 2));

/** Tunes among planted candidates, with the device's clock and memory replaced, so that times are what they say. */
async function race(planted: readonly Planted[], deadline = Number.POSITIVE_INFINITY) {
  const memory = new Map<number, Float32Array>();
  let clock = 0;
  const device = {
    allocate: (byteLength: number) => {
      memory.set(memory.size, new Float32Array(byteLength / 4));
      return { id: memory.size - 1 };
    },
    free: ({ id }: WebgpuBlock) => memory.delete(id),
    write: ({ id }: WebgpuBlock, bytes: Uint8Array) => memory.get(id)!.set(new Float32Array(bytes.buffer)),
    read: async ({ id }: WebgpuBlock) => memory.get(id)!.slice().buffer,
    time: async (body: () => void) => {
      const start = clock;
      body();
      return clock - start;
    },
  } as unknown as WebgpuDevice;
  const candidates = planted.map(
    ({ name, milliseconds, fill = twice }): Candidate => ({
      name,
      barriers: false,
      run: (_, { inputs, output }) => {
        clock += milliseconds;
        fill(memory.get(inputs[0]!.id)!, memory.get(output.id)!);
      },
    }),
  );
  const report = await tuneBucket(device, "double size8", { sizes, candidates, launches: 1 }, deadline);
  expect(memory.size).toBe(0);
  return report;
}

const first = { name: "first", milliseconds: 4 };

describe("tuneBucket", () => {
  it("keeps the fastest of those that are right", async () => {
    const report = await race([first, { name: "faster", milliseconds: 2 }, { name: "fastest", milliseconds: 1 }]);
    expect(report?.winner).toBe("fastest");
    expect(report?.timings.map(({ milliseconds }) => milliseconds)).toEqual([4, 2, 1]);
  });

  it.each<[string, Planted["fill"] & object]>([
    ["computes something else", (x, y) => y.set(x)],
    ["is off in one element", (x, y) => twice(x.with(5, x[5]! + 1e-5), y)],
    [
      "leaves an element out",
      (x, y) =>
        y.set(
          x.subarray(1).map((value) => value * 2),
          1,
        ),
    ],
    ["computes nothing", () => {}],
  ])("never keeps one that %s, however fast it is", async (_, fill) => {
    const report = await race([first, { name: "wrong", milliseconds: 0.001, fill }]);
    expect(report?.winner).toBe("first");
    expect(report?.timings[1]).toMatchObject({ variant: "wrong", milliseconds: null, wrong: expect.any(String) });
  });

  it("never keeps one that throws", async () => {
    const fill = () => {
      throw new Error("out of registers");
    };
    const report = await race([first, { name: "broken", milliseconds: 0, fill }]);
    expect(report).toMatchObject({ winner: "first", timings: [{}, { wrong: "out of registers" }] });
  });

  it("never keeps one that is slower than the default, nor one that is faster by no more than noise", async () => {
    const slower = { name: "slower", milliseconds: 4.1 };
    expect((await race([first, slower]))?.winner).toBe("first");
    expect((await race([first, slower, { name: "noise", milliseconds: 3.9 }]))?.winner).toBe("first");
  });

  it("says nothing when there is no time", async () => {
    expect(await race([first, { name: "faster", milliseconds: 1 }], 0)).toBeNull();
  });
});

const kernel = defineKernel({
  name: "test double",
  code: `
override factor: f32 = 2.0;
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(8)
fn main(@builtin(global_invocation_id) id: vec3u) { y[id.x] = x[id.x] * factor; }`,
  bindings: { x: "read", y: "write" },
  parameters: {},
  constants: { factor: 2 },
});

/** Multiplies by a factor; the right one is 2. */
function multiplier(name: string, factor: number, rest: Partial<Variant<null>> = {}): Variant<null> {
  return {
    name,
    ...rest,
    run: (device, _, { inputs: [x], output }) =>
      device.run(kernel, {
        bindings: { x: x!, y: output },
        parameters: {},
        constants: { factor },
        workgroups: [1, 1, 1],
      }),
  };
}

const family: VariantFamily<null> = {
  op: "double",
  variants: [
    multiplier("first", 2),
    multiplier("wrong", 3),
    multiplier("same", 2),
    multiplier("impossible", 2, { workgroupStorage: 2 ** 40 }),
  ],
  sizes: () => sizes,
};

/** A storage in memory. */
function memoryStorage(text: string | null = null): TunerStorage & { text: string | null } {
  const storage = {
    name: "memory",
    text,
    load: async () => storage.text,
    save: async (saved: string) => {
      storage.text = saved;
    },
  };
  return storage;
}

const gpu = await openWebgpuOrWarn();
await gpu?.destroy();

describe.skipIf(!gpu)("a device's tuner", () => {
  const key = "double size8";
  const launch = (device: WebgpuDevice, x: WebgpuBlock, y: WebgpuBlock) =>
    device.launch(family, null, { inputs: [x], output: y });

  /** Tunes, launches, and gives what was found and computed. */
  async function tuneAndRun(options: Parameters<typeof openWebgpu>[0]) {
    const device = await openWebgpu(options);
    try {
      const [x, y] = [device.allocate(32, "x"), device.allocate(32, "y")];
      device.write(x, new Uint8Array(new Float32Array(8).fill(3).buffer));
      device.write(y, new Uint8Array(32));
      const reports = await device.tune(() => launch(device, x, y));
      expect(device.variants).toEqual({});
      expect(new Float32Array(await device.read(y, 32))[0]).toBe(0); // planned, not computed
      launch(device, x, y);
      const result = [...new Float32Array(await device.read(y, 32))];
      return { reports, variants: device.variants, result };
    } finally {
      await device.destroy();
    }
  }

  it("keeps no wrong variant, leaves out what the adapter cannot run, and saves the winner", async () => {
    const tuneStorage = memoryStorage();
    const { reports, variants, result } = await tuneAndRun({ tune: "force", tuneStorage });
    expect(reports).toHaveLength(1);
    const { bucket, winner, timings } = reports[0]!;
    expect(bucket).toBe(key);
    expect(timings.map(({ variant }) => variant)).toEqual(["first", "wrong", "same"]);
    expect(timings[1]!.wrong).toMatch(/^element 0 is .*, the default's/);
    expect(["first", "same"]).toContain(winner);
    expect(variants).toEqual({ [key]: winner });
    expect(result).toEqual(new Array(8).fill(6));
    const [saved] = Object.values(JSON.parse(tuneStorage.text!).adapters);
    expect(saved).toEqual({ [key]: winner });
    // The next run finds it, and times nothing.
    expect(await tuneAndRun({ tune: "on", tuneStorage })).toEqual({ reports: [], variants: { [key]: winner }, result });
  });

  it("does nothing when it is off, and uses what is imposed, which is no longer open", async () => {
    expect((await tuneAndRun({ tune: "off" })).variants).toEqual({ [key]: "first" });
    const imposed = await tuneAndRun({ tune: "force", tuneStorage: null, variants: { [key]: "same" } });
    expect(imposed).toMatchObject({ reports: [], variants: { [key]: "same" } });
  });

  it("refuses variants that it has not, or that come too late, and modes that are none", async () => {
    const missing = tuneAndRun({ tune: "off", variants: { [key]: "impossible" } });
    await expect(missing).rejects.toThrow(
      'webgpu: double size8 is to run as "impossible", which this adapter or size has not (first, wrong, same)',
    );
    const device = await openWebgpu({ tune: "off" });
    const [x, y] = [device.allocate(32, "x"), device.allocate(32, "y")];
    launch(device, x, y);
    device.imposeVariants({ [key]: "first" });
    expect(() => device.imposeVariants({ [key]: "same" })).toThrow(
      "webgpu: double size8 runs as first already, not as same",
    );
    await device.destroy();
    await expect(openWebgpu({ tune: "fast" as "on" })).rejects.toThrow(
      'openWebgpu: tune: expected off, on or force, got "fast"',
    );
  });
});

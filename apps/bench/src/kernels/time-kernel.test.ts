// A kernel's time is told only where its result is right.
import { type Device, mul, openCpu, setDefaultDevice, type Tensor } from "@tessera/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toMarkdown } from "../report/markdown.ts";
import { newReport } from "../report/record.ts";
import type { Kernel } from "./kernel.ts";
import { listConvolutions, listKernels } from "./list.ts";
import { measureKernel } from "./time-kernel.ts";

const timing = { rounds: 1, roundSeconds: 1e-4 };

let device: Device;
beforeAll(async () => {
  device = await openCpu({ threads: 1 });
  setDefaultDevice(device);
});
afterAll(() => device.destroy());

/** The smallest kernel of each name: the list's shapes at a batch of 1. */
const smallest = new Map<string, Kernel>();
for (const kernel of listKernels(1)) {
  const known = smallest.get(kernel.name);
  if (!known || kernel.bytes + kernel.flops < known.bytes + known.flops) smallest.set(kernel.name, kernel);
}

/** The kernel, with every result off by one part in a thousand. */
function planted(kernel: Kernel): Kernel {
  const spoil = (right: Tensor) => {
    const wrong = mul(right, 1.001);
    right.dispose();
    return wrong;
  };
  return {
    ...kernel,
    prepare: () => {
      const prepared = kernel.prepare();
      return { ...prepared, launch: () => prepared.launch().map(spoil) };
    },
  };
}

describe("measureKernel", () => {
  it.each([...smallest])("finds %s right", async (_, kernel) => {
    const record = await measureKernel(device, kernel, timing);
    expect(record.wrong).toBeNull();
    expect(record.milliseconds!.median).toBeGreaterThan(0);
  });

  it.each([...smallest].filter(([name]) => name !== "adam"))("tells no time of a wrong %s", async (_, kernel) => {
    const record = await measureKernel(device, planted(kernel), timing);
    expect(record.wrong).toMatch(/value \d+ is .*, expected /);
    expect(record).toMatchObject({ milliseconds: null, gflops: null, gigabytesPerSecond: null });
    expect(toMarkdown(newReport({ records: [record] }))).toContain(`**WRONG**: ${record.benchmark}`);
  });

  it("tells no time of a wrong update in place", async () => {
    const adam = smallest.get("adam")!;
    const twice: Kernel = {
      ...adam,
      prepare: () => {
        const prepared = adam.prepare();
        return { ...prepared, launch: () => [...prepared.launch(), ...prepared.launch()] };
      },
    };
    expect((await measureKernel(device, twice, timing)).wrong).toMatch(/parameters: value 0 is /);
  });

  it("tells what a launch threw", async () => {
    const broken: Kernel = {
      ...smallest.get("matmul")!,
      prepare: () => {
        throw new Error("no memory");
      },
    };
    expect(await measureKernel(device, broken, timing)).toMatchObject({ milliseconds: null, wrong: "no memory" });
  });
});

describe("listConvolutions", () => {
  it("has one row for each shape", () => {
    const rows = listConvolutions(1).map((each) => JSON.stringify(each));
    expect(new Set(rows).size).toBe(rows.length);
  });
});

/** @file Every variant of every op that has some agrees with the oracle, forward and backward. */
import { afterAll, describe, expect, it } from "vitest";
import { openWebgpu } from "../devices/webgpu/open-webgpu.ts";
import type { WebgpuDevice } from "../devices/webgpu/webgpu-device.ts";
import type { OpCase } from "../testing/case.ts";
import { checkCase } from "../testing/check-case.ts";
import { openWebgpuOrWarn } from "../testing/devices.ts";
import { conv2dCases } from "./conv2d/conv2d.cases.ts";
import { matmulCases } from "./matmul/matmul.cases.ts";

/** Awkward sizes, and some that load in vectors; several tiles for the small ones, and one that is partly empty. */
const cases = pick([...matmulCases, ...conv2dCases], [
  "matmul 65×33×70",
  "matmul 37×66×13 a transposed b transposed",
  "matmul 4×8×12 batches",
  "matmul 8×4×8 batches",
  "conv2d 3×7×5×5 3×3×11 same stride 2",
  "conv2d 2×9×9×20 3×3×33",
  "conv2d 1×7×8×32 3×3×36",
]);

function pick(all: readonly OpCase[], beginnings: readonly string[]): OpCase[] {
  return beginnings.map((beginning) => {
    const found = all.find(({ name }) => name.startsWith(beginning));
    if (!found) throw new Error(`no case begins with "${beginning}"`);
    return found;
  });
}

const plain = (await openWebgpuOrWarn()) as WebgpuDevice | null;
afterAll(() => plain?.destroy());

describe.skipIf(!plain).each(["tile64", "tile128", "tile32", "tile16x64"])("%s", async (variant) => {
  const device = plain ? await openWebgpu({ tune: "off" }) : null;
  afterAll(() => device?.destroy());

  it.each(cases.map((opCase) => [opCase.name, opCase] as const))("agrees with the oracle on %s", async (_, opCase) => {
    const before = new Set(Object.keys(plain!.variants));
    await checkCase(plain!, opCase);
    const buckets = Object.keys(plain!.variants).filter((bucket) => !before.has(bucket));
    const imposed = Object.fromEntries(buckets.map((bucket) => [bucket, variant]));
    device!.imposeVariants(imposed);
    await checkCase(device!, opCase);
    expect(device!.variants).toMatchObject(imposed);
  });
});

/** @file Every variant of every op that has some agrees with the oracle, forward and backward. */
import { afterAll, describe, expect, it } from "vitest";
import { openWebgpu } from "../devices/webgpu/open-webgpu.ts";
import type { OpCase } from "../testing/case.ts";
import { checkCase } from "../testing/check-case.ts";
import { openWebgpuOrWarn } from "../testing/devices.ts";
import { conv2dCases } from "./conv2d/conv2d.cases.ts";
import { matmulCases } from "./matmul/matmul.cases.ts";
import { quads } from "./tiles.ts";

/** Awkward sizes, and some that load in vectors: several small tiles, and one that is partly empty. */
const few = pick([...matmulCases, ...conv2dCases], ["matmul 65×33×70", "conv2d 2×9×9×20 3×3×33"]);
/** Those that load in other ways; the loads do not depend on the tile, and large ones take seconds to compile. */
const all = [
  ...few,
  ...pick(
    [...matmulCases, ...conv2dCases],
    [
      "matmul 37×66×13 a transposed b transposed",
      "matmul 4×8×12 batches",
      "matmul 8×4×8 batches",
      "conv2d 3×7×5×5 3×3×11 same stride 2",
      "conv2d 1×7×8×32 3×3×36",
    ],
  ),
];

/** Whole vectors alone: tiles that are full and partly empty, phases, groups, padding, one pixel. */
const inVectors = pick(
  [...matmulCases, ...conv2dCases],
  [
    "matmul 37×20×44 bias relu",
    "matmul 20×12×36 a transposed",
    "matmul 18×24×35 b transposed bias",
    "matmul 4×8×12 batches",
    "conv2d 1×14×11×4 3×3×8 same elu",
    "conv2d 1×9×8×20 3×3×36 same stride 2,3 bias relu",
    "conv2d 1×7×8×32 4×3×72 same dilation 2 groups 2",
    "conv2d 2×1×1×16 3×3×16",
  ],
);

function pick(all: readonly OpCase[], beginnings: readonly string[]): OpCase[] {
  return beginnings.map((beginning) => {
    const found = all.find(({ name }) => name.startsWith(beginning));
    if (!found) throw new Error(`no case begins with "${beginning}"`);
    return found;
  });
}

/** The buckets that a case launches, by a device that does so for the first time. */
async function bucketsOf(opCase: OpCase): Promise<string[]> {
  const device = await openWebgpu({ tune: "off" });
  try {
    await checkCase(device, opCase);
    return Object.keys(device.variants);
  } finally {
    await device.destroy();
  }
}

const variants = [
  { variant: "registers4x8-small-groups", cases: few },
  { variant: quads.name, cases: inVectors },
  { variant: "tile64", cases: few },
  { variant: "tile128", cases: few },
  { variant: "tile32", cases: all },
  { variant: "tile16x64", cases: few },
];

const plain = await openWebgpuOrWarn();
await plain?.destroy();

describe.skipIf(!plain).each(variants)("$variant", async ({ variant, cases }) => {
  const device = plain ? await openWebgpu({ tune: "off" }) : null;
  afterAll(() => device?.destroy());

  it.each(cases.map((opCase) => [opCase.name, opCase] as const))("agrees with the oracle on %s", async (_, opCase) => {
    const buckets = await bucketsOf(opCase);
    expect(buckets.length).toBeGreaterThanOrEqual(3); // the product, and its two gradients
    // Quads leave products of single elements to the default.
    const able = buckets.filter((bucket) => variant !== quads.name || !bucket.endsWith(":odd"));
    expect(able.length).toBeGreaterThan(0);
    const imposed = Object.fromEntries(able.map((bucket) => [bucket, variant]));
    device!.imposeVariants(imposed);
    await checkCase(device!, opCase);
    expect(device!.variants).toMatchObject(imposed);
  });
});

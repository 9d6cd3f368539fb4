// Where the cpu device would take Winograd's way, the plain way agrees with the oracle too; and what Winograd's does with
// numbers that are not finite.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CpuDevice } from "../../devices/cpu/cpu-device.ts";
import { openCpu } from "../../devices/cpu/cpu-device.ts";
import { setDefaultDevice } from "../../devices/default-device.ts";
import { gradients } from "../../gradients.ts";
import { uniform } from "../../random.ts";
import { scope } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { checkCase } from "../../testing/check-case.ts";
import { summation } from "../../testing/tolerance.ts";
import { conv2dTransposeCases } from "../conv2d-transpose/conv2d-transpose.cases.ts";
import { mul } from "../mul/mul.ts";
import { sum } from "../sum/sum.ts";
import { conv2dCases } from "./conv2d.cases.ts";
import { conv2d } from "./conv2d.ts";

let plain: CpuDevice;
let winograd: CpuDevice;

beforeAll(async () => {
  plain = await openCpu({ threads: 2, winograd: false });
  winograd = await openCpu({ threads: 2 });
  setDefaultDevice(null);
});

afterAll(async () => {
  await plain.destroy();
  await winograd.destroy();
});

describe("without Winograd the cpu agrees with the oracle", () => {
  it.each([...conv2dCases, ...conv2dTransposeCases].map((opCase) => [opCase.name, opCase] as const))(
    "%s",
    async (_, opCase) => {
      await checkCase(plain, opCase);
    },
  );
});

it("gives the filter gradient of many tiles that the plain way gives", async () => {
  // 1681 tiles in at most 32 parts: each takes more than a block of 48.
  const size = 162;
  const key = { seed: 1, stream: 0 };
  const draws = [
    uniform({ ...key, counter: 0 }, size * size * 16, -1, 1),
    uniform({ ...key, counter: 1 }, 2304, -1, 1),
  ];
  const gradient = async (device: CpuDevice) => {
    using found = scope(() => {
      const x = tensor(draws[0]!, [1, size, size, 16], { device });
      const filter = tensor(draws[1]!, [3, 3, 16, 16], { device });
      filter.requiresGradient = true;
      const y = conv2d(x, filter, { padding: "same" });
      return gradients(sum(mul(y, y)), [filter])[0]!;
    });
    return await found.data();
  };
  const [expected, found] = [await gradient(plain), await gradient(winograd)];
  const greatest = Math.max(...expected.map(Math.abs));
  // Both ways round y, and then the sums over it.
  const allowed = 2 * (1 + 7.1) * summation(size * size).gradient * greatest;
  expected.forEach((value, i) => {
    if (!(Math.abs(found[i]! - value) <= allowed)) expect(found[i], `element ${i}`).toBe(value);
  });
  expect(found).not.toEqual(expected);
});

describe("a pixel that is not finite", () => {
  const size = 12;
  const channels = 16;

  /** Which pixels of the first filter's result are not finite, a character each: N for NaN, i for infinities. */
  async function map(device: CpuDevice, pixel: number): Promise<string[]> {
    // Two images, since a single one has too few tiles for Winograd's way.
    const x = new Float32Array(2 * size * size * channels).fill(1);
    x[(5 * size + 5) * channels] = pixel;
    using y = scope(() =>
      conv2d(
        tensor(x, [2, size, size, channels], { device }),
        tensor(new Float32Array(9 * channels * channels).fill(1), [3, 3, channels, channels], { device }),
        { padding: "same" },
      ),
    );
    const values = await y.data();
    const symbol = (value: number) => (Number.isNaN(value) ? "N" : Number.isFinite(value) ? "." : "i");
    return Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) => symbol(values[(i * size + j) * channels]!)).join(""),
    );
  }

  const outside = "............";
  const rows = (row: string, from: number, to: number) =>
    Array.from({ length: size }, (_, i) => (i >= from && i < to ? row : outside));

  it.each([Number.POSITIVE_INFINITY, Number.NaN])("makes NaN of the whole tiles that see it: %d", async (pixel) => {
    // The pixel in row and column 5 is in the 6×6 window of the second tile alone, which gives rows and columns 4 to 7.
    expect(await map(winograd, pixel)).toEqual(rows("....NNNN....", 4, 8));
    const symbol = Number.isNaN(pixel) ? "NNN" : "iii";
    expect(await map(plain, pixel)).toEqual(rows(`....${symbol}.....`, 4, 7));
  });

  it("makes NaN where a tile's sums overflow, though the result would not", async () => {
    expect(await map(winograd, 3e38)).toEqual(rows("....NNNN....", 4, 8));
    expect(await map(plain, 3e38)).toEqual(rows(outside, 0, 0));
  });
});

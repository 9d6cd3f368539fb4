import { afterAll, describe, expect, test } from "vitest";
import { checkCase } from "../../testing/check-case.ts";
import { openWebgpuOrWarn } from "../../testing/devices.ts";
import { summation } from "../../testing/tolerance.ts";
import { conv2dGradientReference, conv2dReference } from "./conv2d.reference.ts";
import { conv2d } from "./conv2d.ts";
import { filterGradientSplits, filterGradientTiles } from "./filter-gradient-splits.ts";
import { conv2dGeometry } from "./geometry.ts";

type Image = [batch: number, height: number, width: number, channels: number];
type Filter = [height: number, width: number, filters: number];

const cases: readonly (readonly [splits: number, Image, Filter])[] = [
  [1, [1, 1, 1, 1], [1, 1, 1]],
  [1, [2, 9, 9, 4], [3, 3, 8]],
  [2, [3, 11, 9, 3], [3, 3, 5]],
  [4, [3, 14, 13, 4], [3, 2, 12]],
  [10, [1, 200, 7, 2], [1, 3, 3]],
];

function splitsOf(image: Image, filter: Filter) {
  const geometry = geometryOf(image, filter);
  return filterGradientSplits(geometry, filterGradientTiles(geometry));
}

function geometryOf([batch, height, width, channels]: Image, [filterHeight, filterWidth, filters]: Filter) {
  const x = { shape: [batch, height, width, channels], dtype: "float32" } as const;
  const filter = { shape: [filterHeight, filterWidth, channels, filters], dtype: "float32" } as const;
  return conv2dGeometry(x, filter, { padding: "same" });
}

describe("splits of the filter gradient", () => {
  test.each(cases)("%i of them hold every row once: %j * %j", (count, image, filter) => {
    const { imageRows, splits, splitRows } = splitsOf(image, filter);
    expect(splits).toBe(count);
    expect(splits * splitRows).toBeGreaterThanOrEqual(imageRows);
    expect((splits - 1) * splitRows).toBeLessThan(imageRows);
  });

  test("are one, without rows, where there is no image", () => {
    expect(splitsOf([0, 4, 4, 3], [3, 3, 8])).toMatchObject({ imageRows: 0, splits: 1 });
  });

  test("are few where the filter alone fills the device", () => {
    expect(splitsOf([64, 8, 8, 384], [3, 3, 384]).splits).toBe(1);
  });
});

const device = await openWebgpuOrWarn();
afterAll(() => device?.destroy());

describe.skipIf(!device)("webgpu adds the parts of split sums", () => {
  test.each(cases)("%i of them: %j * %j", async (_, image, [filterHeight, filterWidth, filters]) => {
    const options = { padding: "same" } as const;
    await checkCase(device!, {
      name: `conv2d split ${image} ${filterHeight} ${filterWidth} ${filters}`,
      inputs: [{ shape: image }, { shape: [filterHeight, filterWidth, image[3], filters] }],
      run: (x, filter) => conv2d(x, filter, options),
      reference: (x, filter) => conv2dReference(x, filter, undefined, options),
      referenceGradient: ([dy], x, filter) => conv2dGradientReference(dy, x, filter, undefined, options),
      tolerance: summation(image[0] * image[1] * image[2]),
    });
  });
});

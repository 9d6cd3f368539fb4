import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { batches } from "../pipeline/batches.ts";
import { IGNORED, loadMaskedImages } from "./masked-images.ts";

const classOf = new Map<number, number | null>([
  [0, null],
  [1, 1],
  [3, 0],
]);

const rgb = (height: number, width: number, value: number) =>
  encode({ data: new Uint8Array(height * width * 3).fill(value), height, width, channels: 3, depth: 8 });
const grey = (height: number, width: number, data: number[]) =>
  encode({ data: Uint8Array.from(data), height, width, channels: 1, depth: 8 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "masks-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, images: Record<string, Uint8Array>, labels: Record<string, Uint8Array>) {
  for (const [part, files] of Object.entries({ images, labels })) {
    await mkdir(join(folder, name, part), { recursive: true });
    for (const [file, bytes] of Object.entries(files)) await writeFile(join(folder, name, part, file), bytes);
  }
  return join(folder, name);
}

describe("loadMaskedImages", () => {
  it("reads images with the masks of their names, and batches of them", async () => {
    const path = await write(
      "good",
      { "b.png": rgb(2, 3, 20), "a.png": rgb(2, 3, 10) },
      { "a.png": grey(2, 3, [0, 1, 3, 1, 1, 0]), "b.png": grey(2, 3, [3, 3, 3, 1, 0, 0]) },
    );
    const set = await loadMaskedImages(path, { classOf });
    expect(set.names).toEqual(["a", "b"]);
    expect(set.shape).toEqual([2, 2, 3, 3]);
    expect([set.images[0], set.images[18]]).toEqual([10, 20]);
    expect([...set.labels]).toEqual([IGNORED, 1, 0, 1, 1, IGNORED, 0, 0, 0, 1, IGNORED, IGNORED]);
    const read = [];
    for await (const batch of batches(set, { batchSize: 1, shuffle: true, seed: 4 })) read.push(batch);
    expect(read.map(({ labelShape }) => labelShape)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    for (const { indices, labels, images } of read) {
      expect(labels).toEqual(set.labels.slice(indices[0]! * 6, indices[0]! * 6 + 6));
      expect(images[0]).toBe(10 * (indices[0]! + 1));
    }
  });

  it.each([
    [
      "a mask of another size",
      { "a.png": rgb(2, 3, 1) },
      { "a.png": grey(3, 3, new Array(9).fill(1)) },
      "labels/a.png: expected 2 rows of 3 pixels as its image, found 3 rows of 3 pixels",
    ],
    [
      "an image of another size",
      { "a.png": rgb(1, 1, 1), "b.png": rgb(2, 1, 1) },
      { "a.png": grey(1, 1, [1]), "b.png": grey(2, 1, [1, 1]) },
      "images/b.png: expected 1 rows of 1 pixels as the images before it",
    ],
    ["no mask", { "a.png": rgb(1, 1, 1) }, { "b.png": grey(1, 1, [1]) }, "labels/b.png: a mask without an image"],
    [
      "a number without a class",
      { "a.png": rgb(1, 2, 1) },
      { "a.png": grey(1, 2, [1, 9]) },
      "labels/a.png: row 0, column 1: expected one of 0, 1, 3, found 9",
    ],
    [
      "a mask in colours",
      { "a.png": rgb(1, 1, 1) },
      { "a.png": rgb(1, 1, 1) },
      "expected a palette or 8 bits of grey, found 3 channels of 8 bits",
    ],
    [
      "a damaged mask",
      { "a.png": rgb(1, 1, 1) },
      { "a.png": grey(1, 1, [1]).slice(0, 45) },
      "labels/a.png: cannot decode this PNG",
    ],
  ] as const)("says what is wrong: %s", async (name, images, labels, message) => {
    await expect(loadMaskedImages(await write(name, images, labels), { classOf })).rejects.toThrow(message);
  });

  it("says so where there are none", async () => {
    await expect(loadMaskedImages(join(folder, "nowhere"), { classOf })).rejects.toThrow(
      "expected PNG or JPEG images, found none",
    );
  });

  const flowers = join(process.env.TESSERA_DATA ?? "../shared/data", "flowers17-masks");
  it.skipIf(!existsSync(flowers))("reads real masks of a palette", async () => {
    const known = new Map([...classOf, [2, 0], [4, 0]] as [number, number | null][]);
    const set = await loadMaskedImages(flowers, { classOf: known });
    expect(set.shape).toEqual([24, 256, 256, 3]);
    const flower = set.labels.filter((label) => label === 1).length;
    const ignored = set.labels.filter((label) => label === IGNORED).length;
    expect(flower + ignored + set.labels.filter((label) => label === 0).length).toBe(24 * 65536);
    expect(flower / set.labels.length).toBeGreaterThan(0.1);
  });
});

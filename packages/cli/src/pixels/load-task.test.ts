import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseRecipe } from "../recipe/read-recipe.ts";
import { loadTask } from "./load-task.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-load-task-"));
const png = (channels: 1 | 3, width: number, data: number[]) =>
  encode({ width, height: data.length / channels / width, depth: 8, channels, data: Uint8Array.from(data) });

beforeAll(() => {
  for (const name of ["masks/images", "masks/labels", "photos/red", "photos/blue"]) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  for (const i of [0, 1, 2]) {
    writeFileSync(join(folder, `masks/images/p${i}.png`), png(3, 2, [i, 0, 0, 0, i, 0]));
    writeFileSync(join(folder, `masks/labels/p${i}.png`), png(1, 2, [i, 4]));
  }
  for (let i = 0; i < 5; i++) {
    writeFileSync(join(folder, `photos/red/${i}.png`), png(3, 1, [200 + i, 0, 0]));
    writeFileSync(join(folder, `photos/blue/${i}.png`), png(3, 1, [0, 0, 240]));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const segment = {
  name: "segment",
  classes: ["ground", "plant"],
  masks: { 0: null, 1: "plant", 2: "ground", 4: "ground" },
  test: ["p1"],
};
const ofMasks = (change: object = {}) =>
  parseRecipe({ model: { name: "deeplab" }, task: { ...segment, ...change } }, "mine.json");
const ofColours = (change: object = {}) =>
  parseRecipe({ model: { name: "colorize-cnn" }, task: { name: "colorize", count: 2, ...change } }, "mine.json");

describe("masks", () => {
  const path = join(folder, "masks");

  it("become classes, with the images that are named held out", async () => {
    const { train, test, names, classNames } = await loadTask(ofMasks(), path);
    expect(names).toEqual({ train: ["p0", "p2"], test: ["p1"] });
    expect(classNames).toEqual(["ground", "plant"]);
    expect([...train.labels]).toEqual([-1, 0, 0, 0]);
    expect([...test.labels]).toEqual([1, 0]);
    expect([...test.images]).toEqual([1, 0, 0, 0, 1, 0]);
  });

  it("are held out by number, always the same", async () => {
    const [first, again] = [await loadTask(ofMasks({ test: 2 }), path), await loadTask(ofMasks({ test: 2 }), path)];
    expect(first.names!.test).toHaveLength(2);
    expect(again.names).toEqual(first.names);
  });

  it.each([
    [{ test: ["p1", "rose"] }, /masks: task\.test: expected names of images, as p0, got "rose"$/],
    [{ test: 3 }, /masks: task\.test holds out all 3 images, and leaves none$/],
    [
      { masks: { 0: null, 1: "plant", 4: "ground" } },
      /labels.p2\.png: row 0, column 0: expected one of 0, 1, 4, found 2$/,
    ],
  ])("say what is wrong with %o", async (change, message) => {
    await expect(loadTask(ofMasks(change), path)).rejects.toThrow(message);
  });

  it("are checked against the names of the classes", () => {
    expect(() => ofMasks({ masks: { 1: "tree" } })).toThrow(
      "mine.json: $.task.masks.1: expected one of ground, plant, or null",
    );
  });
});

describe("colours", () => {
  const path = join(folder, "photos");

  it("are found in the training images, and are the classes", async () => {
    const { train, test, colours, classNames, name } = await loadTask(ofColours({ count: 3 }), path);
    expect(name).toMatch(/ in 3 colours of k-means$/);
    expect(colours!.shape).toEqual([3, 3]);
    expect(train.shape.slice(1)).toEqual([32, 32, 1]);
    expect(test.labelShape).toEqual([2, 32, 32]);
    expect(classNames).toContain("#0000f0");
    const again = await loadTask(ofColours({ count: 3 }), path, colours);
    expect(again.train.labels).toEqual(train.labels);
  });

  it("may be of some classes alone", async () => {
    const { train, name } = await loadTask(ofColours({ classes: ["red"] }), path);
    expect([train.shape[0], name]).toEqual([4, expect.stringContaining("(red)")]);
    await expect(loadTask(ofColours({ classes: ["green"] }), path)).rejects.toThrow('got "green"');
  });

  it("may be in a file, which must be there", async () => {
    const file = join(folder, "colours.npy");
    await expect(loadTask(ofColours({ colours: file }), path)).rejects.toThrow(
      `${file}: cannot be read (ENOENT): expected k-means centres of colours`,
    );
  });
});

it.each([
  [{ model: { name: "colorize-cnn" } }, "mine.json: $.task: colorize-cnn is for colorize"],
  [{ model: { name: "cnn" }, task: { name: "colorize" } }, "mine.json: $.task: cnn is a classifier"],
  [
    { model: { name: "colorize-unet" }, task: { name: "colorize" }, augment: { mixup: 0.2 } },
    "mine.json: $.augment: mixup mixes classes of images, and is not for colorize",
  ],
  [{ model: { name: "cnn", backbone: "a" } }, "mine.json: $.model.backbone: cnn takes no backbone"],
])("a recipe's task and model belong together: %o", (fields, message) => {
  expect(() => parseRecipe(fields, "mine.json")).toThrow(message);
});

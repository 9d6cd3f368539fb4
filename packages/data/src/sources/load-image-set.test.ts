import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cifar100 } from "../../fixtures/cifar-archive.ts";
import mini from "../../fixtures/cifar-mini.json" with { type: "json" };
import { type HubRows, hubParquet } from "../../fixtures/hub-parquet.ts";
import {
  ArgumentError,
  CorruptRecordError,
  DataError,
  ImageError,
  type ImageSet,
  type LabelledSet,
  MissingDataError,
  selectClasses,
  subset,
  writeNpy,
  writeNpz,
} from "../index.ts";
import { loadBatch, loadCifar, loadCifar10, loadImageFolder, loadImageSet } from "../node.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tessera-sources-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function put(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(root, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

const failure = (attempt: Promise<unknown>): Promise<Error> =>
  attempt.then(
    () => expect.unreachable(),
    (error) => error,
  );

/** Twelve images of two pixels, of three classes in turn. */
const small: HubRows = {
  images: Uint8Array.from({ length: 12 * 6 }, (_, i) => i * 3),
  shape: [12, 1, 2, 3],
  labels: Array.from({ length: 12 }, (_, i) => i % 3),
};
const names = ["cat", "dog", "owl"];
const png = (red: number, height = 2, width = 2) =>
  encode({ data: new Uint8Array(height * width * 3).fill(red), width, height, channels: 3, depth: 8 });

describe("parquet of the Hub", () => {
  it("has train and test, labels, and the names of its metadata", async () => {
    await put("hub/train-00000-of-00002.parquet", hubParquet({ ...small, names }));
    await put("hub/train-00001-of-00002.parquet", hubParquet({ ...small, names, image: "img" }));
    await put("hub/test-00000-of-00001.parquet", hubParquet({ ...small, names, image: "image" }));
    const { name, train, test, classNames, heldOut } = await loadImageSet(join(root, "hub"));
    expect({ name, classNames, heldOut }).toEqual({ name: "hub", classNames: names, heldOut: undefined });
    expect([train.shape, test.shape]).toEqual([
      [24, 1, 2, 3],
      [12, 1, 2, 3],
    ]);
    expect(test.images).toEqual(small.images);
    expect(train.images.subarray(72)).toEqual(small.images);
    const seen: [number, number][] = [];
    await loadImageSet(join(root, "hub"), { onProgress: (...each) => seen.push(each) });
    expect(seen).toEqual(Array.from({ length: 36 }, (_, i) => [i + 1, 36]));
    const stop = new AbortController();
    const stopped = loadImageSet(join(root, "hub"), { onProgress: () => stop.abort(), signal: stop.signal });
    await expect(stopped).rejects.toThrow("aborted");
    expect([...test.labels]).toEqual([...Array(4)].flatMap(() => [0, 1, 2]));
  });

  it("without a test part holds a stratified fifth out, the same each time", async () => {
    const path = await put("one/train.parquet", hubParquet(small));
    const { train, test, classNames, heldOut } = await loadImageSet(path);
    expect([train.shape[0], test.shape[0], heldOut]).toEqual([9, 3, true]);
    expect([...test.labels].sort()).toEqual([0, 1, 2]);
    expect(classNames).toEqual(["class 0", "class 1", "class 2"]);
    expect((await loadImageSet(path)).test).toEqual(test);
  });

  it.each<[string, Partial<HubRows>, new (...args: never[]) => Error, RegExp]>([
    [
      "a row whose PNG is cut short",
      { damage: (png, row) => (row === 4 ? png.subarray(0, 50) : png) },
      ImageError,
      /bad\.parquet: row 4: /,
    ],
    [
      "a row of another size",
      { damage: (same, row) => (row === 5 ? png(1) : same) },
      CorruptRecordError,
      /bad\.parquet: row 5: expected 1 × 2 pixels, as row 0 has, found 2 × 2$/,
    ],
    [
      "a negative label",
      { labels: [0, 1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
      CorruptRecordError,
      /row 2: expected a label ≥ 0 in "label", found -1/,
    ],
    [
      "no images",
      { image: "picture" },
      DataError,
      /expected the columns "img" or "image" and "label" or "fine_label", found "picture", "label"/,
    ],
  ])("names %s", async (_, change, type, message) => {
    const error = await failure(loadImageSet(await put("bad.parquet", hubParquet({ ...small, ...change }))));
    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(message);
  });

  it("names a file that is cut short", async () => {
    const whole = hubParquet(small);
    const error = await failure(loadImageSet(await put("cut.parquet", whole.subarray(0, whole.length - 20))));
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toMatch(/cut\.parquet: the parquet file cannot be read: /);
  });
});

describe("npz and npy", () => {
  const arrays = {
    x_train: { shape: [10, 2, 2, 3], data: new Uint8Array(120).fill(9) },
    y_train: { shape: [10, 1], data: BigInt64Array.from({ length: 10 }, (_, i) => BigInt(i % 2)) },
    x_test: { shape: [2, 2, 2, 3], data: new Uint8Array(24) },
    y_test: { shape: [2], data: Uint8Array.of(1, 0) },
    class_names: { shape: [2], data: ["cat", "dog"] },
  };

  it("of Keras's names", async () => {
    const path = await put("keras.npz", writeNpz(arrays, { compress: true }));
    const { name, train, test, classNames } = await loadImageSet(path);
    expect({ name, classNames }).toEqual({ name: "keras", classNames: ["cat", "dog"] });
    expect(train.shape).toEqual([10, 2, 2, 3]);
    expect([...test.labels]).toEqual([1, 0]);
    for (const [file, array] of Object.entries(arrays)) await put(`npy/${file}.npy`, writeNpy(array));
    expect((await loadImageSet(join(root, "npy"))).train).toEqual(train);
  });

  it("of grey images makes three equal channels", async () => {
    const grey = {
      images: { shape: [10, 1, 2], data: Uint8Array.from({ length: 20 }, (_, i) => i) },
      labels: arrays.y_train,
    };
    const { train, test } = await loadImageSet(await put("grey.npz", writeNpz(grey)));
    expect([train.shape, test.shape]).toEqual([
      [8, 1, 2, 3],
      [2, 1, 2, 3],
    ]);
    const pixels = [...train.images, ...test.images].sort((a, b) => a - b);
    expect(pixels).toEqual(Array.from({ length: 60 }, (_, i) => Math.floor(i / 3)));
    expect([...train.images.subarray(3, 6)]).toEqual(Array(3).fill(train.images[0]! + 1));
  });

  it.each<[string, object, string]>([
    ["no images", { z: arrays.y_test }, 'expected the arrays "x_train" and "y_train", found "z"'],
    ["no labels", { x_train: arrays.x_train }, 'expected an array "y_train" beside "x_train", found none'],
    [
      "floats",
      { ...arrays, x_train: { shape: [1, 1, 1, 3], data: new Float32Array(3) } },
      '"x_train": expected uint8 [N, H, W, C] or [N, H, W], found f4 [1, 1, 1, 3]',
    ],
    [
      "too few labels",
      { ...arrays, y_train: arrays.y_test },
      '"y_train": expected 10 labels, one for each image, found 2',
    ],
    [
      "labels below 0",
      { ...arrays, y_test: { shape: [2], data: Int8Array.of(0, -1) } },
      "record 1: expected a label ≥ 0, found -1",
    ],
    [
      "too few names",
      { ...arrays, class_names: { shape: [1], data: ["cat"] } },
      '"class_names": expected at least 2 names, found 1 values',
    ],
  ])("with %s is refused", async (_, given, message) => {
    const path = await put("bad.npz", writeNpz(given as typeof arrays));
    const error = await failure(loadImageSet(path));
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toContain(`${path}: `);
    expect(error.message).toContain(message);
  });

  it("one array alone is no set", async () => {
    const path = await put("alone/one.npy", writeNpy(arrays.x_train));
    await expect(loadImageSet(path)).rejects.toThrow("one.npy: one array, not a set\n  hint: pass the folder");
  });
});

describe("image folders", () => {
  it("have a folder for each class, sorted, in train and test", async () => {
    for (const [name, red] of [
      ["train/b/2", 20],
      ["train/b/10", 10],
      ["train/a/1", 1],
      ["val/b/3", 3],
    ] as const) {
      await put(`split/${name}.png`, png(red));
    }
    await put("split/train/.hidden/x.png", "no image");
    await put("split/train/a/notes.txt", "no image");
    const { name, train, test, classNames } = await loadImageSet(join(root, "split"));
    expect({ name, classNames }).toEqual({ name: "split", classNames: ["a", "b"] });
    expect(Array.from(train.labels, (label, i) => [label, train.images[i * 12]])).toEqual([
      [0, 1],
      [1, 10],
      [1, 20],
    ]);
    expect([...test.labels, test.images[0]]).toEqual([1, 3]);
    await put("split/val/c/4.png", png(4));
    await expect(loadImageSet(join(root, "split"))).rejects.toThrow(
      `${join(root, "split/val/c")}: expected a class that train has`,
    );
  });

  it("are followed through links, and end at the signal", async () => {
    const files = join(root, "files", "a");
    await mkdir(files, { recursive: true });
    for (let i = 0; i < 5; i++) await symlink(join(root, "split/train/a/1.png"), join(files, `${i}.png`));
    await symlink(join(root, "split/train/b"), join(root, "files", "b"));
    const { train, test, classNames } = await loadImageSet(join(root, "files"));
    expect([classNames, train.shape[0] + test.shape[0]]).toEqual([["a", "b"], 7]);
    await symlink(join(root, "files"), join(root, "linked"));
    expect((await loadImageSet(join(root, "linked"))).train).toEqual(train);
    const stop = new AbortController();
    const seen: number[] = [];
    const onProgress = (done: number) => {
      seen.push(done);
      stop.abort();
    };
    for (let i = 5; i < 40; i++) await symlink(join(root, "split/train/a/1.png"), join(files, `${i}.png`));
    const stopped = loadImageSet(join(root, "files"), { onProgress, signal: stop.signal });
    await expect(stopped).rejects.toThrow("aborted");
    expect(seen.length).toBeLessThan(40);
    await symlink(join(root, "nowhere.png"), join(files, "lost.png"));
    await expect(loadImageSet(join(root, "files"))).rejects.toThrow(/ENOENT.*lost\.png/);
  });

  it("of several sizes name the first of another, or are resized", async () => {
    for (let i = 0; i < 5; i++) {
      await put(`mixed/a/${i}.png`, png(7, 2, 2));
      await put(`mixed/b/${i}.png`, png(8, 3, 4));
    }
    const path = join(root, "mixed");
    await expect(loadImageSet(path)).rejects.toThrow(
      `${join(path, "b/0.png")}: expected 2 × 2 pixels, as ${join(path, "a/0.png")} has, found 3 × 4\n  hint: give a size`,
    );
    const { train, test } = await loadImageSet(path, { size: [5, 6] });
    expect([train.shape, test.shape]).toEqual([
      [8, 5, 6, 3],
      [2, 5, 6, 3],
    ]);
    expect(new Set(train.images)).toEqual(new Set([7, 8]));
  });

  it("of Oxford's 17 flowers, as extracted: 80 of each kind in turn", async () => {
    const image = png(5, 1, 1);
    await mkdir(join(root, "flowers", "jpg"), { recursive: true });
    const files = Array.from({ length: 1360 }, (_, i) => `flowers/jpg/image_${`${i + 1}`.padStart(4, "0")}.jpg`);
    await Promise.all(files.map((file) => writeFile(join(root, file), image)));
    const { train, test, classNames } = await loadImageSet(join(root, "flowers"));
    expect([classNames.length, classNames[0], classNames[16]]).toEqual([17, "daffodil", "pansy"]);
    const labels = [...train.labels, ...test.labels];
    expect(classNames.map((_, label) => labels.filter((each) => each === label).length)).toEqual(Array(17).fill(80));
    expect([...train.labels]).toEqual([...train.labels].sort((a, b) => a - b));
  });

  it("with images that cannot be read name the first, or leave them out", async () => {
    await cp(join(root, "split", "train"), join(root, "damaged"), { recursive: true });
    for (let i = 0; i < 9; i++) await put(`damaged/a/${i}.png`, png(i));
    const bad = await put("damaged/b/5.jpg", "<html>");
    await expect(loadImageSet(join(root, "damaged"))).rejects.toThrow(`${bad}: expected a PNG or JPEG image`);
    const left: string[] = [];
    const seen: number[] = [];
    const { train, test } = await loadImageFolder(join(root, "damaged"), {
      onUnreadable: (error) => left.push(error.message),
      onProgress: (done, total) => seen.push(done / total),
    });
    expect(left).toEqual([expect.stringContaining(bad)]);
    expect(train.shape[0] + test.shape[0]).toBe(11);
    expect(seen.at(-1)).toBe(1);
  });
});

describe("what a path is", () => {
  it("its contents say, not its name", async () => {
    const npz = writeNpz({
      x: { shape: [10, 1, 1, 3], data: new Uint8Array(30) },
      y: { shape: [10], data: new Uint8Array(10) },
    });
    await expect(loadImageSet(await put("x.tar.gz", hubParquet(small)))).resolves.toMatchObject({ heldOut: true });
    await expect(loadImageSet(await put("archive.bin", await cifar100()))).resolves.toMatchObject({
      name: "cifar-100",
    });
    const coarse = await loadImageSet(join(root, "archive.bin"), { labels: "coarse" });
    expect(coarse.classNames[19]).toBe("superclass 19");
    await expect(loadImageSet(await put("y.npz", npz))).resolves.toMatchObject({ name: "y" });
  });

  it("is named when it is nothing", async () => {
    await expect(loadImageSet(join(root, "nowhere"))).rejects.toThrow(MissingDataError);
    const text = await put("notes.txt", "hello");
    await expect(loadImageSet(text)).rejects.toThrow(
      `${text}: expected CIFAR-10 or CIFAR-100 (the .tar.gz, or its folder); parquet with images; .npz, or .npy files, ` +
        "with images and labels; a folder of images for each class; found none of these",
    );
    await mkdir(join(root, "hollow"));
    await expect(loadImageSet(join(root, "hollow"))).rejects.toThrow("found none of these");
    const partial = await put("unfinished/cifar-10-python.tar.gz.partial", "x");
    await expect(loadImageSet(dirname(partial))).rejects.toThrow(`${partial}: an unfinished download`);
    await expect(loadImageSet(partial)).rejects.toThrow("an unfinished download");
  });
});

describe("classes and subsets", () => {
  const set = (labels: number[]): ImageSet => ({
    images: Uint8Array.from(labels.keys()),
    labels: Int32Array.from(labels),
    shape: [labels.length, 1, 1, 1],
  });
  const data: LabelledSet = {
    ...{ name: "pets", train: set([0, 1, 2, 2, 1]), test: set([2, 0]), classNames: names },
    ...{ superclassNames: ["pet", "bird"], superclassOf: Int32Array.of(0, 0, 1) },
  };

  it("chooses by name or label, numbering anew", () => {
    const chosen = selectClasses(data, ["owl", 0]);
    expect(chosen.classNames).toEqual(["owl", "cat"]);
    expect([[...chosen.train.images], [...chosen.train.labels]]).toEqual([
      [0, 2, 3],
      [1, 0, 0],
    ]);
    expect([[...chosen.test.images], [...chosen.test.labels]]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect([...chosen.superclassOf!]).toEqual([1, 0]);
    for (const [classes, message] of [
      [["horse"], 'expected a class of pets, by name or from 0 to 2, got "horse"'],
      [[3], "expected a class of pets, by name or from 0 to 2, got 3"],
      [["owl", 2], '"owl" is named twice'],
      [[], "expected at least one, got none"],
    ] as const) {
      expect(() => selectClasses(data, classes)).toThrow(ArgumentError);
      expect(() => selectClasses(data, classes)).toThrow(message);
    }
  });

  it("takes so many of each class, in the set's order, as the seed says", () => {
    const many = set(Array.from({ length: 90 }, (_, i) => i % 3));
    const few = subset(many, 4, 1);
    expect(few.shape).toEqual([12, 1, 1, 1]);
    expect([0, 1, 2].map((label) => few.labels.filter((each) => each === label).length)).toEqual([4, 4, 4]);
    expect([...few.images]).toEqual([...few.images].sort((a, b) => a - b));
    expect(subset(many, 4, 1)).toEqual(few);
    expect(subset(many, 4, 2)).not.toEqual(few);
    expect(subset(many, 1000).shape[0]).toBe(90);
  });
});

describe("CIFAR-10 as arrays", () => {
  it("channels first, labels [N, 1]; or channels last", async () => {
    const archive = await put("cifar10/cifar-10-python.tar.gz", Buffer.from(mini["python 3"], "base64"));
    const options = { cacheDir: dirname(archive), onNote: () => undefined };
    const { train, test } = await loadCifar10(options);
    expect([train.shape, train.labelsShape, test.shape]).toEqual([
      [20, 3, 32, 32],
      [20, 1],
      [4, 3, 32, 32],
    ]);
    expect([...train.images.subarray(0, 4), train.images[1024]]).toEqual([4, 1, 4, 4, 14]);
    const last = await loadCifar10({ ...options, transpose: true });
    expect(last.train.shape).toEqual([20, 32, 32, 3]);
    expect(last.train.images).toEqual((await loadCifar(archive)).train.images);
  });

  it("a batch file by its label key", async () => {
    const path = await put("train", await memberOf(await cifar100(), "train"));
    expect(await loadBatch(path, "fine_labels")).toMatchObject({
      shape: [3, 3, 32, 32],
      labels: Int32Array.of(3, 99, 3),
    });
    await expect(loadBatch(path)).rejects.toThrow(`${path}: expected the key "labels"`);
  });
});

/** A member of a small archive, through an extraction. */
async function memberOf(archive: Uint8Array, name: string): Promise<Uint8Array> {
  const { extractArchive } = await import("../node.ts");
  const path = await put("member/set.tar.gz", archive);
  const { folder } = await extractArchive(path, { force: true });
  return readFile(join(folder, name));
}

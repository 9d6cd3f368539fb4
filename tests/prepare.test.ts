// `tessera prepare`, and `tessera inspect` of what it wrote, as a person uses them: the built command in processes.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type ImageSet, permutation, sharpen, toGrey } from "@tessera/data";
import { loadCifar, loadProcessed } from "@tessera/data/node";
import { decode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, endOf } from "./ended.ts";
import { smallCifar } from "./small-cifar.ts";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-prepare-"));
const archive = join(folder, "cifar-100-python.tar.gz");

function tessera(args: readonly string[], interruptAfter?: number): Promise<Ended> {
  const child = spawn(process.execPath, [command, ...args], { cwd: folder });
  if (interruptAfter !== undefined)
    child.stdout.once("data", () => setTimeout(() => child.kill("SIGINT"), interruptAfter));
  return endOf(child);
}

const file = (name: string) => join(folder, name);

beforeAll(async () => {
  if (!existsSync(join(root, "packages/cli/dist/main.js"))) throw new Error("the command is not built: npm run build");
  writeFileSync(archive, await smallCifar({ train: 320, test: 64 }));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("tessera prepare", () => {
  it.each(["processed.pickle", "processed.npz", "out/processed.safetensors"])(
    "writes %s as the seed has it",
    async (name) => {
      const { code, out, err } = await tessera([
        ...["prepare", archive, "--out", name, "--shuffle", "--seed", "4", "--sharpen"],
      ]);
      expect(err).toBe("");
      expect(code).toBe(0);
      const lines = out.trim().split("\n");
      expect(lines.slice(0, 4)).toEqual([
        "Loading Data..",
        "Shuffling Data..",
        "Done",
        "320 training, 64 test images of 32 × 32 × 3 uint8, shuffled by seed 4, sharpened; from cifar-100-python.tar.gz",
      ]);
      expect(lines.at(-1)).toBe(name);
      const raw = await loadCifar(archive);
      const { train, test, metadata } = await loadProcessed(file(name));
      const order = permutation(320, { seed: 4 });
      expect([...train.labels]).toEqual(Array.from(order, (row) => raw.train.labels[row]));
      const first = raw.train.images.subarray(order[0]! * 3072, (order[0]! + 1) * 3072);
      expect(train.images.subarray(0, 3072)).toEqual(sharpen(first, [1, 32, 32, 3]));
      expect(test.images).toEqual(sharpen(raw.test.images, raw.test.shape));
      const sha256 = createHash("sha256").update(readFileSync(archive)).digest("hex");
      expect(metadata).toMatchObject({
        name: "cifar-100",
        shuffleSeed: 4,
        source: [{ name: "cifar-100-python.tar.gz", sha256 }],
        preprocessing: { sharpen: true, normalize: "none" },
        versions: { node: process.versions.node },
      });
    },
  );

  it("chooses, splits and normalises, and says so as JSON", async () => {
    const { code, out, err } = await tessera([
      ...["prepare", archive, "--out", "some.data", "--format", "safetensors", "--normalize", "gcn", "--json"],
      ...["--classes", "class 7, class 1", "--validation", "0.25"],
    ]);
    expect(code).toBe(0);
    expect(err).toBe("Loading Data..\nDone\n");
    const facts = JSON.parse(out);
    expect(facts).toMatchObject({ format: "safetensors", files: ["some.data"], classNames: ["class 7", "class 1"] });
    const { train, validation } = await loadProcessed(file("some.data"));
    expect(facts.shapes.train).toEqual(train.shape);
    expect(train.images).toBeInstanceOf(Float32Array);
    expect(new Set(train.labels)).toEqual(new Set([0, 1]));
    expect(validation!.shape[0] / (train.shape[0] + validation!.shape[0])).toBeCloseTo(0.25, 1);
  });

  it("refuses a set that is prepared already", async () => {
    const { code, err } = await tessera(["prepare", "processed.npz", "--out", "again.npz"]);
    expect(err).toBe(
      "tessera: processed.npz: a prepared set already\n" +
        "  hint: name the source it was made from; tessera inspect says which\n",
    );
    expect(code).toBe(1);
  });

  it("leaves nothing behind on Ctrl-C", async () => {
    // Fitting ZCA takes this long on any machine.
    const { code, out } = await tessera(["prepare", archive, "--out", "never.npz", "--normalize", "keras"], 1500);
    expect(out).toMatch(/stopped; nothing was written\n$/);
    expect(code).toBe(130);
    expect(readdirSync(folder).filter((name) => name.startsWith("never"))).toEqual([]);
  });

  it.each<[number, string[], RegExp]>([
    [2, ["--out", "x.csv"], /'--out x\.csv': its ending names no format; choose one with --format/],
    [2, ["--out", "x.npz", "--validation", "2"], /expected a share between 0 and 1/],
    [2, ["--out", "x.npz", "--normalize", "zca"], /Allowed choices are none, center, gcn, gcn-zca, keras/],
    [2, [], /required option '--out <file>' not specified/],
    [
      1,
      ["--out", "x.npz", "--classes", "horse"],
      /^tessera: selectClasses: classes: expected a class of cifar-100, by name/,
    ],
    [
      1,
      ["--out", "cifar-100-python.tar.gz/x.npz"],
      /^tessera: Unable to save data to cifar-100-python\.tar\.gz\/x\.npz: /,
    ],
  ])("ends with %i for %j", async (expected, args, message) => {
    const { code, err } = await tessera(["prepare", archive, ...args]);
    expect(err).toMatch(message);
    expect(code).toBe(expected);
  });
});

describe("tessera inspect", () => {
  const titles = (name: string) =>
    [...readFileSync(file(name), "utf8").matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, title]) => title);
  /** Pixels of the images in an SVG. */
  const pictures = (name: string) =>
    [...readFileSync(file(name), "utf8").matchAll(/base64,([^"]*)/g)].map(
      ([, base64]) => new Uint8Array(decode(Buffer.from(base64!, "base64")).data),
    );
  const row = ({ images }: ImageSet, index: number, size = 3072) => images.subarray(index * size, (index + 1) * size);

  it("draws the first sixteen, raw beside sharpened, and a class in grey", async () => {
    const { train, classNames } = await loadCifar(archive);
    await tessera(["inspect", archive, "--grid", "first", "--out", "first.svg"]);
    expect(pictures("first.svg")).toEqual(Array.from({ length: 16 }, (_, i) => row(train, i)));
    const { out } = await tessera(["inspect", archive, "--grid", "sharpen", "--count", "2", "--out", "sharp.svg"]);
    expect(out).toMatch(/^2 first training images, raw beside sharpened, with their labels: sharp\.svg$/m);
    const names = [0, 1].map((i) => classNames[train.labels[i]!]!);
    expect(titles("sharp.svg")).toEqual(names.flatMap((name) => [name, "raw", name, "sharpened"]));
    const sharp = sharpen(train.images, train.shape);
    expect(pictures("sharp.svg")).toEqual([
      row(train, 0),
      sharp.subarray(0, 3072),
      row(train, 1),
      sharp.subarray(3072, 6144),
    ]);
    const sevens = [...train.labels.keys()].filter((each) => train.labels[each] === 7).slice(0, 9);
    for (const [grey, name] of [
      ["red", "red channel"],
      ["luminance", "luminance"],
    ] as const) {
      await tessera([
        ...["inspect", archive, "--class", "class 7", "--grid", "first", "--count", "9", "--grey", grey],
        ...["--out", "grey.svg"],
      ]);
      expect(titles("grey.svg")).toEqual(sevens.flatMap(() => ["class 7", name]));
      expect(pictures("grey.svg")).toEqual(sevens.map((each) => row(toGrey(train, grey), each, 1024)));
    }
  });

  it("writes one grey image as it is", async () => {
    const { train } = await loadCifar(archive);
    const options = ["--class", "class 7", "--grid", "first", "--grey", "red", "--plain", "--out", "plain.png"];
    const { out } = await tessera(["inspect", archive, ...options, "--count", "1"]);
    expect(out).toMatch(/^one training image, pixel for pixel: plain\.png$/m);
    const { data, width, height, channels } = decode(readFileSync(file("plain.png")));
    expect({ width, height, channels }).toEqual({ width: 32, height: 32, channels: 1 });
    expect(new Uint8Array(data)).toEqual(row(toGrey(train, "red"), train.labels.indexOf(7), 1024));
    expect(await tessera(["inspect", archive, ...options])).toMatchObject({
      code: 2,
      err: expect.stringContaining("option '--plain' takes --count 1, a .png, and no --grid sharpen"),
    });
  });

  it("counts duplicates, and takes prepared sets", async () => {
    await tessera(["prepare", archive, "--out", "twice.safetensors", "--normalize", "center", "--shuffle"]);
    const { code, out } = await tessera(["inspect", "twice.safetensors", "--out", "twice.png"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^cifar-100: 320 training and 64 test images of 32 × 32 × 3 floats$/m);
    expect(out).toMatch(
      /^prepared from cifar-100-python\.tar\.gz; shuffled by seed 0, not sharpened, normalised: center$/m,
    );
    expect(out).toMatch(
      /^exact duplicates: 0 in the training set, 0 in the test set, 0 test images from the training set$/m,
    );
    const json = JSON.parse((await tessera(["inspect", "twice.safetensors", "--json", "--out", "twice.png"])).out);
    expect(json.duplicates).toEqual({ train: 0, test: 0, shared: 0, groups: [] });
    for (const mean of json.statistics.train.mean) expect(Math.abs(mean)).toBeLessThan(0.2);
    const grey = await tessera(["inspect", "twice.safetensors", "--grey", "red", "--out", "twice.png"]);
    expect(grey.err).toMatch(
      /^tessera: cifar-100: --grey takes sets of bytes; the pixels of this one are normalised$/m,
    );
    const missing = await tessera(["inspect", archive, "--class", "horse"]);
    expect(missing).toMatchObject({
      code: 1,
      err: expect.stringContaining('cifar-100: it has no class "horse"\n  hint: '),
    });
  });
});

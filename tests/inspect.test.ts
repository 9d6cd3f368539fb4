// `tessera inspect`, as a person uses it: the built command in a process of its own.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { permutation } from "@tessera/data";
import { loadCifar } from "@tessera/data/node";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, endOf } from "./ended.ts";
import { smallCifar } from "./small-cifar.ts";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-inspect-"));
const archive = join(folder, "cifar-100-python.tar.gz");

function inspect(...args: string[]): Promise<Ended> {
  return endOf(spawn(process.execPath, [command, "inspect", ...args], { cwd: folder }));
}

/** Width and height, from the header. */
function pngSize(name: string): number[] {
  const bytes = readFileSync(join(folder, name));
  expect(bytes.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

beforeAll(async () => {
  if (!existsSync(join(root, "packages/cli/dist/main.js"))) throw new Error("the command is not built: npm run build");
  writeFileSync(archive, await smallCifar({ train: 320, test: 64 }));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("tessera inspect", () => {
  it("prints counts and classes, and draws a grid of samples", async () => {
    const { train } = await loadCifar(archive);
    const { code, out, err } = await inspect(archive);
    expect(err).toBe("");
    expect(code).toBe(0);
    const counts = Array.from({ length: 10 }, (_, label) => train.labels.filter((each) => each === label).length);
    const most = Math.max(...counts);
    expect(out).toMatch(/^cifar-100: 320 training and 64 test images of 32 × 32 × 3 bytes$/m);
    expect(out).toContain(`100 classes with 0 (class 10) to ${most} (class `);
    for (const [label, count] of counts.entries())
      expect(out).toMatch(new RegExp(`\\b${label} class ${label} +${count}\\b`));
    expect(out).toMatch(/^20 superclasses:\n {2}group 0: class 0\n/m);
    expect(out).toMatch(/^16 random training images with their labels: cifar-100-samples\.png$/m);
    // Four images of 128 pixels each way, below titles of one line, with gaps of 14 around them.
    expect(pngSize("cifar-100-samples.png")).toEqual([4 * 128 + 5 * 14, 4 * (17 + 128) + 5 * 14]);
  });

  it("draws the images that the seed chooses, under their labels", async () => {
    const { train, classNames } = await loadCifar(archive);
    const { code } = await inspect(archive, "--count", "6", "--seed", "3", "--out", "pictures/six.svg");
    expect(code).toBe(0);
    const svg = readFileSync(join(folder, "pictures/six.svg"), "utf8");
    const rows = [...permutation(320, { seed: 3 }).subarray(0, 6)];
    const titles = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, title]) => title);
    expect(titles).toEqual(rows.map((row) => classNames[train.labels[row]!]));
    expect(svg.match(/<image /g)).toHaveLength(6);
  });

  it("prints the same as JSON", async () => {
    const { code, out } = await inspect(archive, "--json", "--out", "a.png");
    expect(code).toBe(0);
    const facts = JSON.parse(out);
    expect(facts).toMatchObject({ name: "cifar-100", picture: "a.png" });
    expect(facts.shapes).toEqual({ train: [320, 32, 32, 3], test: [64, 32, 32, 3] });
    const sum = (set: string) =>
      facts.classes.reduce((total: number, each: Record<string, number>) => total + each[set]!, 0);
    expect([facts.classes.length, sum("train"), sum("test")]).toEqual([100, 320, 64]);
    expect(facts.classes[7]).toMatchObject({ label: 7, name: "class 7" });
    expect(facts.superclasses).toHaveLength(20);
    expect(facts.superclasses[7]).toEqual({ name: "group 7", classes: ["class 7"] });
  });

  it("resizes photographs of several sizes", async () => {
    for (const [i, name] of ["cat", "dog", "cat", "dog", "cat", "dog"].entries()) {
      const [width, height] = [20 + i, 30 - i];
      mkdirSync(join(folder, "photos", name), { recursive: true });
      const data = new Uint8Array(width * height * 3).fill(40 * i);
      writeFileSync(join(folder, "photos", name, `${i}.png`), encode({ data, width, height, channels: 3, depth: 8 }));
    }
    const refused = await inspect("photos");
    expect(refused.err).toMatch(/^tessera: photos\/.*: expected \d+ × \d+ pixels.*\n {2}hint: give a size/);
    const { code, out } = await inspect("photos", "--size", "16", "--json", "--out", "photos.png");
    expect(code).toBe(0);
    expect(JSON.parse(out).shapes.train.slice(1)).toEqual([16, 16, 3]);
  });

  it("takes the superclasses as classes", async () => {
    const { out } = await inspect(archive, "--labels", "coarse", "--json", "--out", "coarse.png");
    const facts = JSON.parse(out);
    expect(facts.classes).toHaveLength(20);
    expect(facts.classes[19]).toEqual({ label: 19, name: "group 19", train: 0, test: 0 });
    expect(facts).not.toHaveProperty("superclasses");
  });
});

describe("bad input", () => {
  it("is named, with exit code 1", async () => {
    const missing = await inspect("nowhere");
    expect(missing).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^tessera: .*nowhere: no such file or folder/),
    });
    writeFileSync(join(folder, "a-file"), "");
    const unwritable = await inspect(archive, "--out", "a-file/b.png");
    expect(unwritable.code).toBe(1);
    expect(unwritable.err).toMatch(/^tessera: a-file\/b\.png: the picture cannot be written: .*\n {2}hint: .*--out\n$/);
  });

  it.each([
    [["x", "--out", "picture.jpg"], /'picture\.jpg' is invalid.*\.png or \.svg/],
    [["x", "--count", "1001"], /'1001' is invalid.*from 1 to 1000/],
    [["x", "--labels", "medium"], /'medium' is invalid.*fine, coarse/],
    [[], /missing required argument 'data'/],
  ])("%j is bad usage, exit code 2", async (args, message) => {
    const { code, err } = await inspect(...args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});

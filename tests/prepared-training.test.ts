/** @file Training on what `tessera prepare` wrote, and asking the run again: the built command in processes. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type LabelledSet, Preprocessor, type ProcessedSet, prepareSet } from "@tessera/data";
import { loadCifar, writeProcessed } from "@tessera/data/node";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallCifar } from "./small-cifar.ts";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-prepared-"));
const archive = "cifar-100-python.tar.gz";
const images = 12;
const size = 32 * 32 * 3;
const cpu = ["--device", "cpu", "--threads", "1"];
let raw: LabelledSet;

function tessera(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { cwd: folder, encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

function ask(...args: string[]) {
  const { status, out, err } = tessera(...args, ...cpu, "--json");
  expect({ status, err }).toEqual({ status: 0, err: "" });
  return JSON.parse(out);
}

const train = (data: string, out: string, ...more: string[]) =>
  tessera("train", "mini-cnn", "--data", data, "--out", out, "--epochs", "1", "--batch-size", "16", ...cpu, ...more);
const json = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));

beforeAll(async () => {
  if (!existsSync(join(root, "packages/cli/dist/main.js"))) throw new Error("the command is not built: npm run build");
  writeFileSync(join(folder, archive), await smallCifar({ train: 96, test: images }));
  raw = await loadCifar(join(folder, archive));
  mkdirSync(join(folder, "test"));
  for (let i = 0; i < images; i++) {
    const data = raw.test.images.subarray(i * size, (i + 1) * size);
    writeFileSync(join(folder, "test", `${i}.png`), encode({ data, width: 32, height: 32, channels: 3, depth: 8 }));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Mean cross-entropy and accuracy of what `predict` says of the test images, as files. */
function predicted(run: string) {
  const files = Array.from({ length: images }, (_, i) => join("test", `${i}.png`));
  const results: { predictions: { class: string; probability: number }[] }[] = ask(
    "predict",
    run,
    ...files,
    "--top",
    "100",
  );
  const truth = (i: number) => raw.classNames[raw.test.labels[i]!]!;
  const losses = results.map(({ predictions }, i) => {
    return -Math.log(predictions.find((each) => each.class === truth(i))!.probability);
  });
  const right = results.filter(({ predictions }, i) => predictions[0]!.class === truth(i));
  return { loss: losses.reduce((sum, loss) => sum + loss, 0) / images, accuracy: right.length / images };
}

/** A run's last measure, a prepared set, its source, and the source's images as files all have to say the same. */
function expectOneTruth(run: string) {
  const test = json(`${run}/test.json`);
  const same = { loss: test.loss, accuracy: test.accuracy, images };
  expect(ask("evaluate", run)).toMatchObject(same);
  expect(ask("evaluate", run, "--data", archive)).toMatchObject(same);
  const { loss, accuracy } = predicted(run);
  // The files are seen one at a time: sums in float32 may be taken in another order.
  expect(loss).toBeCloseTo(test.loss, 4);
  expect(accuracy).toBeCloseTo(test.accuracy, 6);
}

describe("a prepared set", () => {
  it("of sharpened bytes, with a validation part of its own", () => {
    tessera("prepare", archive, "--out", "sharp.safetensors", "--sharpen", "--validation", "0.25", "--shuffle");
    const { status, out, err } = train("sharp.safetensors", "sharp");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const { train: trained, validation } = json("sharp/config.json").images;
    expect([trained + validation, json("sharp/config.json").images.test]).toEqual([96, images]);
    expect(out).toContain(
      `cifar-100, ${trained} training images, ${validation} validation images of its own, sharpened; run in sharp\n`,
    );
    expect(json("sharp/config.json").preprocessing).toEqual({ sharpen: true, normalize: "none", shape: [32, 32, 3] });
    expect(JSON.parse(readFileSync(join(folder, "sharp/history.jsonl"), "utf8"))).toHaveProperty("val_loss");
    expectOneTruth("sharp");
  });

  it("of normalised floats, whose share is held out", () => {
    tessera("prepare", archive, "--out", "gcn.npz", "--normalize", "gcn");
    expect(train("gcn.npz", "gcn")).toMatchObject({ status: 0, err: "" });
    expect(readFileSync(join(folder, "gcn/predictions.svg"), "utf8").match(/normalised pixels/g)).toHaveLength(10);
    expectOneTruth("gcn");
  });

  it("that is whitened", async () => {
    // Fitting 3072 features takes minutes; this transform mixes each value with the next and is as large.
    const matrix = new Float32Array(size * size);
    for (let i = 0; i < size; i++) {
      matrix[i * size + i] = 1.5;
      matrix[i * size + ((i + 1) % size)] = -0.5;
    }
    const settings = { sharpen: false, normalize: "gcn-zca", epsilon: 0.1, bias: 10, shape: [32, 32, 3] } as const;
    const mean = Float64Array.from({ length: size }, (_, i) => Math.sin(i));
    const preprocessor = new Preprocessor(settings, { mean, matrix, eigenvalues: new Float64Array(size).fill(1) });
    const apply = async (part: LabelledSet["test"]) => ({
      ...part,
      images: await preprocessor.apply(part.images, part.shape),
    });
    const { metadata } = await prepareSet(raw);
    const set: ProcessedSet = {
      ...{ train: await apply(raw.train), test: await apply(raw.test), preprocessor },
      metadata: { ...metadata, preprocessing: settings },
    };
    await writeProcessed(join(folder, "white.safetensors"), set);
    expect(train("white.safetensors", "white", "--validation", "none")).toMatchObject({ status: 0, err: "" });
    expectOneTruth("white");
  });

  it("is refused where it is another than the run's", () => {
    const other = tessera("evaluate", "gcn", "--data", "sharp.safetensors", ...cpu);
    expect(other.err).toBe(
      "tessera: sharp.safetensors: prepared otherwise than the set that the run was trained on\n" +
        "  hint: name the source that the set was made from, and the run prepares it as its own\n",
    );
    expect(other.status).toBe(1);
    const coarse = train("gcn.npz", "none", "--labels", "coarse");
    expect(coarse.err).toMatch(/^tessera: gcn\.npz: this set was prepared with fine labels\n {2}hint: /);
  });

  it("is seen right only through the preprocessor, which goes with its run", () => {
    expect(existsSync(join(folder, "sharp/preprocessor.safetensors"))).toBe(true);
    expect(train(archive, "sharp", "--validation", "none")).toMatchObject({ status: 0 });
    expect(existsSync(join(folder, "sharp/preprocessor.safetensors"))).toBe(false);
    expectOneTruth("sharp");
    const { preprocessing, ...without } = json("gcn/config.json");
    writeFileSync(join(folder, "gcn/config.json"), JSON.stringify(without));
    expect(Math.abs(predicted("gcn").loss - json("gcn/test.json").loss)).toBeGreaterThan(0.01);
    writeFileSync(join(folder, "gcn/config.json"), JSON.stringify({ ...without, preprocessing }));
    rmSync(join(folder, "gcn/preprocessor.safetensors"));
    const lost = tessera("predict", "gcn", "test/0.png", ...cpu);
    expect(lost.err).toMatch(
      /^tessera: gcn\/preprocessor\.safetensors: the run's preprocessing cannot be read: ENOENT/,
    );
  });
});

// From class folders to a measured network, by one command each: label map, records, mean, training that is killed and
// resumed, evaluation. On photographs made here, and on real ones where they are.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { decode } from "@tessera/safetensors";
import { bytesFeature, encodeExample, encodeRecord, int64Feature } from "@tessera/tfrecord";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImageFolder } from "../packages/data/fixtures/image-folder.ts";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-records-training-"));
const path = (...names: string[]) => join(folder, ...names);
const real = join(process.env.TESSERA_DATA ?? join(root, "../shared/data"), "imagenette-500");
const useReal = process.env.TESSERA_FULL === "1" && existsSync(real);
if (!useReal) {
  console.warn(`SKIPPED: AlexNet on ${real}: it is not there (set TESSERA_DATA), or TESSERA_FULL=1 is not set`);
}

function tessera(...args: string[]) {
  return spawnSync(process.execPath, [command, ...args], { cwd: folder, encoding: "utf8" });
}

/** Runs a command that has to succeed. */
function succeed(...args: string[]): string {
  const { status, stdout, stderr } = tessera(...args);
  expect(stderr + stdout, args.join(" ")).toSatisfy(() => status === 0);
  return stdout;
}

const json = (...names: string[]) => JSON.parse(readFileSync(path(...names), "utf8"));

/** A run's epochs, without the time that they took. */
const historyOf = (run: string) =>
  readFileSync(path(run, "history.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const { seconds, images_per_second, input_seconds, device_seconds, ...rest } = JSON.parse(line);
      return rest;
    });

/** Label map, records and mean of a folder of images. */
function prepare(name: string, images: string, crop: number, split: number): void {
  const config = {
    ...{ label_map: `${name}.labels.json`, image_folder: `${images}/`, record_path: `${name}/`, image_type: "JPEG" },
    ...{ split_number: split, crop_size: crop, image_quality: 90, batch: ["val", "train"], workers: 2 },
  };
  writeFileSync(path(`${name}.json`), JSON.stringify(config));
  succeed("label-map", `${images}/train`, "--out", `${name}.labels.json`);
  succeed("preprocess", "-c", `${name}.json`);
  succeed("mean-rgb", "-i", `${name}/train/*.tfrecord`, "--tfrecord", "-o", `${name}.mean.json`);
}

function writeRecipe(name: string, recipe: object): void {
  const shared = { optimizer: { name: "adam", learningRate: 3e-4 }, augment: { flip: 0.5, pcaColour: 0.1 }, seed: 4 };
  const data = { path: `${name}/train/train-*`, validation: `${name}/val/val-*`, meanFile: `${name}.mean.json` };
  writeFileSync(path(`${name}.recipe.json`), JSON.stringify({ ...shared, data, ...recipe }));
}

/** Kills a run's process group, as a machine that goes down does, when it has written its second checkpoint. */
async function killInMidEpoch(run: string, args: readonly string[]): Promise<{ epoch: number; batch: number }> {
  const child = spawn(process.execPath, [command, ...args], { cwd: folder, detached: true, stdio: "ignore" });
  const ended = new Promise((done) => child.on("close", done));
  const checkpoint = path(run, "checkpoint.safetensors");
  const stand = () => {
    if (!existsSync(checkpoint)) return null;
    const { epoch, batch } = JSON.parse(decode(readFileSync(checkpoint)).metadata.get("fit")!);
    return { epoch, batch };
  };
  for (let found = stand(); ; found = stand()) {
    if (found && found.epoch >= 2 && found.batch > 0) break;
    if (child.exitCode !== null) throw new Error(`${run}: it ended before it could be killed`);
    await sleep(10);
  }
  process.kill(-child.pid!, "SIGKILL");
  await ended;
  return stand()!;
}

/** Trains to the end, and again with a kill; both end alike. */
async function trainTwice(name: string): Promise<{ out: string }> {
  const args = ["train", "--recipe", `${name}.recipe.json`, "--device", "cpu"];
  const out = succeed(...args, "--out", `${name}-run`);
  const stand = await killInMidEpoch(`${name}-cut`, [...args, "--out", `${name}-cut`, "--checkpoint-every", "2"]);
  const again = succeed("train", "--resume", `${name}-cut`);
  expect(again).toContain(`goes on from epoch ${stand.epoch}, batch ${stand.batch + 1}`);
  expect(historyOf(`${name}-cut`)).toEqual(historyOf(`${name}-run`));
  const weights = ["run", "cut"].map((run) => readFileSync(path(`${name}-${run}`, "last.safetensors")));
  expect(weights[1]!.equals(weights[0]!)).toBe(true);
  return { out };
}

beforeAll(async () => {
  if (!existsSync(join(root, "packages/cli/dist/main.js"))) throw new Error("the command is not built: npm run build");
  await writeImageFolder(path("images"), { val: 12, train: 42 });
  prepare("small", "images", 72, 12);
  const model = { name: "alexnet", width: 0.0625, dropout: 0 };
  const { data } = { data: { path: "small/train/train-*", validation: "small/val/val-*" } };
  writeRecipe("small", { model, epochs: 3, batchSize: 4, data: { ...data, meanFile: "small.mean.json", crop: 67 } });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the whole way", () => {
  it("trains, goes on after a kill with the same steps, and measures the same again", async () => {
    const { out } = await trainTwice("small");
    expect(out).toMatch(/42 training images, 12 validation images, crops of 67 × 67; run in small-run\n/);
    expect(out).toMatch(/^epoch 3\/3: .*validation: .*, (device|input)-bound \(waits \d+\.\d\d % for input\)$/m);
    const { recipe, shards, classNames, images } = json("small-run", "config.json");
    const mean = json("small.mean.json");
    expect(recipe.data.mean).toEqual([mean.R, mean.G, mean.B]);
    expect(recipe.data.principalColours.values).toHaveLength(3);
    expect(shards).toEqual(mean.shards);
    expect({ classNames, images }).toEqual({
      ...{ classNames: ["Persian_cat", "crane", "pug"], images: { train: 42, validation: 12, test: 12 } },
    });
    const losses = historyOf("small-run").map(({ loss }) => loss);
    expect(losses[2]).toBeLessThan(losses[0]);
    expect(existsSync(path("small-run", "predictions.png"))).toBe(true);

    const measured = JSON.parse(succeed("evaluate", "small-run", "--device", "cpu", "--json", "--report"));
    const { accuracy, loss } = json("small-run", "test.json");
    expect(measured).toMatchObject({ images: 12, accuracy, loss });
    expect(measured.classes.map(({ support }: { support: number }) => support)).toEqual([4, 4, 4]);
    const training = ["--set", "train", "--json"];
    expect(JSON.parse(succeed("evaluate", "small-run", "--device", "cpu", ...training)).images).toBe(42);
  });

  it("takes photographs in class folders as they are, for a network that sees large ones", () => {
    const model = ["alexnet", "--width", "0.0625", "--crop", "67", "--batch-size", "16", "--epochs", "1"];
    const out = succeed(
      ...["train", ...model, "--data", "images/train", "--validation", "images/val", "--device", "cpu"],
      ...["--out", "photos"],
    );
    expect(out).toMatch(/images\/train, 42 training images, 12 validation images/);
    expect(JSON.parse(succeed("evaluate", "photos", "--json", "--device", "cpu"))).toMatchObject({ images: 12 });
  });

  it.skipIf(!useReal)(
    "on 400 photographs of ten classes, three epochs: the loss falls",
    async () => {
      symlinkSync(real, path("imagenette"));
      prepare("imagenette", "imagenette", 256, 100);
      writeRecipe("imagenette", { model: { name: "alexnet", width: 0.25 }, epochs: 3, batchSize: 32 });
      await trainTwice("imagenette");
      const losses = historyOf("imagenette-run").map(({ loss }) => loss);
      expect(losses[1]).toBeLessThan(losses[0]);
      expect(losses[2]).toBeLessThan(losses[1]);
    },
    600_000,
  );
});

describe("faults end with one line, and exit code 1", () => {
  const options = ["--crop", "67", "--width", "0.0625", "--device", "cpu", "--epochs", "1", "--out", "bad"];
  const train = (data: string, ...more: string[]) => {
    const { status, stderr } = tessera(
      ...["train", "alexnet", "--data", data, "--validation", "small/val/val-*", ...options, ...more],
    );
    expect(status).toBe(1);
    return stderr;
  };

  it("a mean file that is missing, or of other records", () => {
    expect(train("small/train/train-*", "--mean", "nowhere.json")).toMatch(
      /^tessera: .*nowhere\.json: cannot be read \(ENOENT\): expected the JSON file of mean-rgb\n$/,
    );
    succeed("mean-rgb", "-i", "small/val/*.tfrecord", "--tfrecord", "-o", "other.json");
    expect(train("small/train/train-*", "--mean", "other.json")).toMatch(
      /^tessera: .*other\.json: the mean of other records: of 1 files of hash \w{8}, but training is on 4 of \w{8} \(.*train-\*\)\n {2}hint: tessera mean-rgb .*\n$/,
    );
  });

  it("records without the features, or labels that are no class", () => {
    mkdirSync(path("odd"));
    const write = (name: string, features: Parameters<typeof encodeExample>[0]) =>
      writeFileSync(path("odd", name), encodeRecord(encodeExample(features)));
    write("none.tfrecord", { picture: bytesFeature(new Uint8Array(1)), label: int64Feature([0]) });
    expect(train("odd/none.tfrecord", "--label-map", "small.labels.json")).toMatch(
      /^tessera: .*none\.tfrecord: record 0 \(at byte 0\): feature "image_raw": .*\n$/,
    );
    write("far.tfrecord", { image_raw: bytesFeature(new Uint8Array(1)), label: int64Feature([3]) });
    expect(train("odd/far.tfrecord", "--label-map", "small.labels.json")).toMatch(
      /^tessera: .*far\.tfrecord: record 0 \(at byte 0\): feature "label": label 3 is none of the 3 classes, 0 … 2\n$/,
    );
    expect(train("odd/far.tfrecord")).toMatch(
      /nothing names the classes: .*\n {2}hint: name the label map with --label-map\n$/,
    );
  });

  it("nothing to measure on; a share of shards, which cannot be held out", () => {
    const { status, stderr } = tessera("train", "alexnet", "--data", "small/train/train-*", ...options);
    expect(status).toBe(1);
    expect(stderr).toMatch(/nothing says what to measure on\n {2}hint: name them with --validation/);
    expect(train("small/train/train-*", "--crop", "99")).toMatch(
      /train-\d\.tfrecord: record \d+ \(at byte \d+\): expected an image of at least 99×99, got 72×72\n$/,
    );
  });

  it("a run that is resumed on other shards", () => {
    cpSync(path("small-run"), path("moved"), { recursive: true });
    const config = json("moved", "config.json");
    const shards = { ...config.shards, sha256: "0".repeat(64) };
    writeFileSync(path("moved", "config.json"), JSON.stringify({ ...config, shards }));
    const { status, stderr } = tessera("train", "--resume", "moved");
    expect(status).toBe(1);
    expect(stderr).toMatch(/not the data of moved: the hash of the shards was 0{60}, and is \w{60}\n$/);
  });
});

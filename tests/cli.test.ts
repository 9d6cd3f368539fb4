// The command line, as a person uses it: the built command in processes of its own.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { decode } from "@tessera/safetensors";
import { decodeEvent, decodeRecords } from "@tessera/tfrecord";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, endOf } from "./ended.ts";
import { smallCifar, smallCifarMembers } from "./small-cifar.ts";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-cli-"));
const archive = join(folder, "cifar-100-python.tar.gz");

function tessera(args: readonly string[], environment: NodeJS.ProcessEnv = {}, interruptAt?: RegExp): Promise<Ended> {
  const child = spawn(process.execPath, [command, ...args], { cwd: folder, env: { ...process.env, ...environment } });
  let interrupted = false;
  return endOf(child, (out) => {
    if (!interrupted && interruptAt?.test(out)) interrupted = child.kill("SIGINT");
  });
}

beforeAll(async () => {
  if (!existsSync(join(root, "packages/cli/dist/main.js"))) throw new Error("the command is not built: npm run build");
  writeFileSync(archive, await smallCifar({ train: 320, test: 64 }));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("tessera train", () => {
  it("leaves a run that other tools can read", async () => {
    const { code, out, err } = await tessera([
      ...["train", "cnn", "--data", archive, "--validation", "test", "--device", "cpu"],
      ...["--epochs", "2", "--batch-size", "32", "--out", "runs/first"],
    ]);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toMatch(/^cpu: \d+ threads?, WebAssembly .*; cifar-100, 320 training images; run in runs\/first$/m);
    expect(out).toMatch(/^epoch 2\/2: loss \d\.\d{4}, accuracy .*; validation: loss/m);
    const run = (name: string) => readFileSync(join(folder, "runs/first", name));
    const history = run("history.jsonl")
      .toString()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(history).toHaveLength(2);
    expect(Object.keys(history[0]).sort()).toEqual([
      "accuracy",
      "device_seconds",
      "epoch",
      "images_per_second",
      "input_seconds",
      "learning_rate",
      "loss",
      "seconds",
      "top5_accuracy",
      "val_accuracy",
      "val_loss",
      "val_top5_accuracy",
    ]);
    expect(history[1].loss).toBeLessThan(history[0].loss);
    const config = JSON.parse(run("config.json").toString());
    expect(config).toMatchObject({
      recipe: { model: { name: "cnn" }, seed: 0, batchSize: 32 },
      dataset: "cifar-100",
      device: { kind: "cpu" },
    });
    expect(config.versions.node).toBe(process.versions.node);
    const { tensors } = decode(run("last.safetensors"));
    expect([...tensors.values()].reduce((sum, { data }) => sum + data.length, 0)).toBe(1_389_188);
    // The validation set was the test set, so the last epoch and the final measurement agree.
    const test = JSON.parse(run("test.json").toString());
    expect(test).toMatchObject({ weights: "last", images: 64, loss: history[1].val_loss });
    expect(run("curves.svg").toString()).toContain("val_accuracy");
    expect(
      run("predictions.svg")
        .toString()
        .match(/True: class \d+/g),
    ).toHaveLength(10);
    for (const picture of ["curves.png", "predictions.png"]) expect(run(picture).subarray(1, 4).toString()).toBe("PNG");
    for (const set of ["train", "validation"]) {
      const [name] = readdirSync(join(folder, "runs/first/events", set));
      const events = [...decodeRecords(run(`events/${set}/${name}`))].map(({ data }) => decodeEvent(data));
      expect(events[0]!.fileVersion).toBe("brain.Event:2");
      const losses = events.flatMap(({ summary = [] }) => summary.filter(({ tag }) => tag === "epoch_loss"));
      const expected = history.map((line) => Math.fround(set === "train" ? line.loss : line.val_loss));
      expect(losses.map(({ simpleValue }) => simpleValue)).toEqual(expected);
    }
  });

  it("reports classes, confusions and superclasses, over several views if asked to", async () => {
    const asked = ["evaluate", "runs/first", "--weights", "last", "--device", "cpu", "--report"];
    const { out, code } = await tessera(asked);
    expect(code).toBe(0);
    expect(out).toMatch(/^test set, 64 images, last weights: loss/m);
    expect(out).toMatch(/^class +precision +recall +F1 +images$/m);
    expect(out).toMatch(
      /^superclasses: \d+\.\d\d % right by the best class, .* by summed probabilities; .* of \d+ errors inside/m,
    );
    const { classNames, counts } = JSON.parse(readFileSync(join(folder, "runs/first/confusion.json"), "utf8"));
    expect(classNames).toHaveLength(100);
    expect(counts.flat().reduce((sum: number, count: number) => sum + count, 0)).toBe(64);
    const right = counts.reduce((sum: number, row: number[], i: number) => sum + row[i]!, 0);
    const csv = readFileSync(join(folder, "runs/first/confusion.csv"), "utf8").split("\n");
    expect([csv.length, csv[1]!.split(",").length]).toEqual([102, 101]);
    expect(readFileSync(join(folder, "runs/first/confusion.png")).subarray(1, 4).toString()).toBe("PNG");

    const json = JSON.parse((await tessera([...asked, "--json"])).out);
    expect(json.accuracy).toBeCloseTo(right / 64, 6);
    expect(json.classes).toHaveLength(100);
    // In this archive class c is of superclass c, so that no error is inside the true one.
    expect(json.superclasses).toMatchObject({ share_of_errors_inside: 0, errors: 64 - right });
    const views = JSON.parse((await tessera([...asked.slice(0, -1), "--tta", "flip-shift", "--json"])).out);
    expect(views.tta.views).toHaveLength(10);
    expect(views.loss).not.toBe(json.loss);
  });

  it("trains and measures superclasses", async () => {
    const { out, code } = await tessera([
      ...["train", "cnn", "--data", archive, "--labels", "coarse", "--device", "cpu", "--validation", "none"],
      ...["--epochs", "1", "--out", "runs/coarse"],
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(/^test set/m);
    const measured = await tessera(["evaluate", "runs/coarse", "--device", "cpu", "--report"]);
    expect(measured.out).toMatch(/^test set with coarse labels \(20 superclasses\), 64 images/m);
    expect(measured.out).not.toMatch(/^superclasses:/m);
    expect(JSON.parse(readFileSync(join(folder, "runs/coarse/confusion.json"), "utf8")).classNames[3]).toBe("group 3");
  });

  it("is measured and asked again by evaluate and predict", async () => {
    const before = JSON.parse(readFileSync(join(folder, "runs/first/test.json"), "utf8"));
    const again = await tessera(["evaluate", "runs/first", "--weights", "last", "--device", "cpu", "--json"]);
    expect(JSON.parse(again.out)).toMatchObject({
      set: "test",
      images: 64,
      loss: before.loss,
      accuracy: before.accuracy,
    });
    const pixels = Uint8Array.from({ length: 40 * 50 * 3 }, (_, i) => i % 251);
    writeFileSync(join(folder, "noise.png"), encode({ width: 50, height: 40, channels: 3, depth: 8, data: pixels }));
    writeFileSync(join(folder, "text.png"), "no image");
    const predicted = await tessera(["predict", "runs/first", "text.png", "noise.png", "--top", "5", "--json"]);
    expect(predicted.err).toMatch(/^tessera: text\.png: expected a PNG or JPEG image/);
    expect(predicted.code).toBe(1);
    const [{ image, predictions }] = JSON.parse(predicted.out);
    expect(image).toBe("noise.png");
    expect(predictions).toHaveLength(5);
    const shares = predictions.map(({ probability }: { probability: number }) => probability);
    expect(shares).toEqual(shares.toSorted((a: number, b: number) => b - a));
    const views = await tessera(["predict", "runs/first", "noise.png", "--tta", "flip", "--json"]);
    const [averaged] = JSON.parse(views.out);
    expect(averaged.predictions).toHaveLength(3);
    expect(averaged.predictions[0].probability).not.toBe(predictions[0].probability);
    const missing = await tessera(["evaluate", "runs/none"]);
    expect(missing.err).toMatch(/^tessera: runs\/none: no run/);
    expect(missing.code).toBe(1);
  });

  it("trains, measures and draws in the demo's few minutes", async () => {
    const { code, out } = await tessera(["demo", "--data", archive, "--minutes", "0.1", "--device", "cpu"]);
    expect(code).toBe(0);
    expect(out).toMatch(/of the 64 test images are named right; guessing would get 1\.00 %/);
    for (const name of ["curves.png", "predictions.png", "best.safetensors", "test.json"]) {
      expect(existsSync(join(folder, "runs/demo", name)), name).toBe(true);
    }
  });

  it("ends where numbers do: one line that names the layer, and the step in a file", async () => {
    const { code, err } = await tessera([
      ...["train", "mini-cnn", "--data", archive, "--device", "cpu", "--learning-rate", "1e30", "--out", "runs/nan"],
    ]);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^tessera: fit: epoch 1, batch 2, iteration 2: \w+: the output has \d+ values that are not finite\n( {2}hint: .*\n)+$/,
    );
    const { tensors, metadata } = decode(readFileSync(join(folder, "runs/nan/nan-dump.safetensors")));
    expect(tensors.get("batch.0.images")!.shape).toEqual([32, 32, 32, 3]);
    expect(JSON.parse(metadata.get("step")!)).toMatchObject({ epoch: 1, batch: 2, iteration: 2, seed: 0 });
  });

  it("keeps what was reached on Ctrl-C", async () => {
    const { code, out } = await tessera(
      [
        "train",
        "cnn",
        "--data",
        archive,
        "--device",
        "cpu",
        "--epochs",
        "1000",
        "--validation",
        "none",
        "--out",
        "runs/cut",
      ],
      {},
      /^epoch 1\/1000/m,
    );
    expect(code).toBe(130);
    expect(out).toMatch(/stopped; the weights reached are in runs\/cut\/last.safetensors/);
    expect(decode(readFileSync(join(folder, "runs/cut/last.safetensors"))).tensors.size).toBeGreaterThan(0);
  });
});

describe("bad input ends with one line that names it, and exit code 1", () => {
  const train = (data: string, ...rest: string[]) =>
    tessera(["train", "cnn", "--data", data, "--device", "cpu", ...rest]);

  async function fails(ended: Promise<Ended>, message: RegExp): Promise<void> {
    const { code, err } = await ended;
    const [first, ...rest] = err.trim().split("\n");
    expect(first).toMatch(message);
    for (const line of rest) expect(line).toMatch(/^ {2}hint: /);
    expect(code).toBe(1);
  }

  it("a missing file", () => fails(train("nowhere.tar.gz"), /^tessera: .*nowhere\.tar\.gz/));

  it("a truncated archive", async () => {
    const path = join(folder, "truncated.tar.gz");
    const bytes = readFileSync(archive);
    writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    await fails(train(path), /^tessera: .*truncated\.tar\.gz/);
  });

  it("a pickle that calls os.system, which is not called", async () => {
    const path = join(folder, "hostile");
    mkdirSync(path);
    const proof = join(folder, "proof");
    const members = smallCifarMembers({ train: 32, test: 32 });
    for (const [name, bytes] of Object.entries(members)) writeFileSync(join(path, name), bytes);
    writeFileSync(join(path, "train"), `cposix\nsystem\n(S'touch ${proof}'\ntR.`);
    await fails(train(path), /^tessera: .*hostile.*train.*posix\.system/);
    expect(existsSync(proof)).toBe(false);
  });

  it("a batch with a short row", async () => {
    const path = join(folder, "short.tar.gz");
    writeFileSync(path, await smallCifar({ train: 32, test: 32, missingBytes: 100 }));
    await fails(train(path), /^tessera: .*short\.tar\.gz.*train/);
  });

  it("a run folder that cannot be written", async () => {
    const path = join(folder, "a-file");
    writeFileSync(path, "");
    await fails(train(archive, "--out", join(path, "run")), /^tessera: .*a-file.*cannot be written/);
  });

  it("a folder of somebody else's, which is left as it was", async () => {
    const path = join(folder, "project");
    mkdirSync(path);
    writeFileSync(join(path, "config.json"), "mine");
    await fails(train(archive, "--out", path), /^tessera: .*project: it has config\.json, but is no run/);
    expect(readFileSync(join(path, "config.json"), "utf8")).toBe("mine");
  });

  it("an earlier run is kept when the data is not found", async () => {
    const path = join(folder, "earlier");
    mkdirSync(path);
    for (const name of ["config.json", "history.jsonl"]) writeFileSync(join(path, name), name);
    await fails(train("nowhere.tar.gz", "--out", path), /^tessera: .*nowhere\.tar\.gz/);
    expect(readFileSync(join(path, "config.json"), "utf8")).toBe("config.json");
  });

  it("damaged weights", async () => {
    const path = join(folder, "damaged");
    cpSync(join(folder, "runs/first"), path, { recursive: true });
    writeFileSync(join(path, "last.safetensors"), "short");
    await fails(tessera(["evaluate", path]), /^tessera: .*damaged.last\.safetensors: /);
  });

  it("--device webgpu with no adapter", async () => {
    const none = { VK_DRIVER_FILES: "/nonexistent.json", VK_ICD_FILENAMES: "/nonexistent.json", LD_LIBRARY_PATH: "" };
    const ended = tessera(["train", "cnn", "--data", archive, "--device", "webgpu"], none);
    await fails(ended, /^tessera: webgpu: /);
  });
});

describe("bad usage ends with exit code 2", () => {
  it.each([
    [["train", "cnn"], /name the images with --data/],
    [["train", "cmm", "--data", "x"], /value 'cmm' is invalid.*cnn/],
    [["train", "cnn", "--data", "x", "--epochs", "none"], /'--epochs <n>' argument 'none' is invalid.*whole number/],
    [["train", "cnn", "--data", "x", "--epoch", "3"], /unknown option '--epoch'.*\n?.*Did you mean --epochs/],
    [["tarin"], /unknown command 'tarin'.*\n?.*Did you mean train/],
  ])("%j", async (args, message) => {
    const { code, err } = await tessera(args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});

it("tessera summary prints Keras's counts, also as JSON", async () => {
  const text = await tessera(["summary", "cnn"]);
  expect(text.out).toContain("Total params: 1,389,188");
  const json = await tessera(["summary", "cnn", "--classes", "10", "--json"]);
  expect(JSON.parse(json.out)).toMatchObject({ total: 1_343_018, trainable: 1_342_122, multiplyAdds: 39_687_168 });
  const colours = await tessera(["summary", "colorize-unet", "--expand-nested"]);
  expect(colours.out).toContain("Trainable params: 112,344");
  expect(colours.out).toContain("└ skip_connection (SkipConnection)");
});

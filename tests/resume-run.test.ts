// A run that is killed in the middle of epochs and resumed ends as one that was not: the command in processes of its own.
import { type ChildProcess, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { decode, encode } from "@tessera/safetensors";
import { decodeEvent, decodeRecords } from "@tessera/tfrecord";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, endOf } from "./ended.ts";
import { smallCifar } from "./small-cifar.ts";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-resume-run-"));
const full = process.env.TESSERA_FULL === "1";
const real = join(process.env.TESSERA_DATA ?? join(root, "../shared/data"), "cifar-100-python.tar.gz");
const useReal = full && existsSync(real);
const archive = useReal ? real : join(folder, "cifar-100-python.tar.gz");
/** Milliseconds: the real set takes minutes. */
const time = useReal ? 900_000 : 120_000;
const size = useReal ? ["--batch-size", "256"] : ["--batch-size", "16"];
const kills = full ? 5 : 2;
/** A tenth is held out. */
const batchesPerEpoch = useReal ? Math.ceil(45_000 / 256) : Math.ceil(864 / 16);
const every = ["--checkpoint-every", String(Math.floor(batchesPerEpoch / 9))];

/** Runs to the end, unless a signal ends it; `begun` may send one. */
function tessera(args: readonly string[], begun: (child: ChildProcess) => void = () => {}): Promise<Ended> {
  const child = spawn(process.execPath, [command, ...args], { cwd: folder });
  begun(child);
  return endOf(child);
}

/** Where a run's checkpoint stands, in batches from the beginning; how far into an epoch; and its epochs in the history. */
function standOf(run: string) {
  const path = (name: string) => join(folder, run, name);
  if (!existsSync(path("checkpoint.safetensors"))) return null;
  const { metadata } = decode(readFileSync(path("checkpoint.safetensors")));
  const { epoch, batch } = JSON.parse(metadata.get("fit")!) as { epoch: number; batch: number };
  const lines = readFileSync(path("history.jsonl")).toString().split("\n").length - 1;
  return { batch, batches: (epoch - 1) * batchesPerEpoch + batch, epoch, lines };
}

/** Runs until a checkpoint in the middle of an epoch is at least so many batches on, then sends the signal. */
async function cutShort(run: string, args: readonly string[], from: number, signal: NodeJS.Signals): Promise<Ended> {
  mkdirSync(join(folder, run), { recursive: true });
  let watcher: ReturnType<typeof watch> | undefined;
  const ended = await tessera(args, (child) => {
    watcher = watch(join(folder, run), (_, name) => {
      if (name !== "checkpoint.safetensors") return;
      const stand = standOf(run);
      if (stand && stand.batch > 0 && stand.batches >= from) child.kill(signal);
    });
  });
  watcher?.close();
  return ended;
}

const start = (out: string, ...more: string[]) =>
  tessera(["train", "mini-cnn", "--data", archive, "--device", "cpu", "--epochs", "3", ...size, "--out", out, ...more]);

/** What was said on standard error, the lines of progress aside, which an epoch that takes long has there. */
const wordsOf = (err: string) =>
  err.split("\n").filter((line) => line && !/^epoch \d\/3 \d+% loss .* left$/.test(line));

/** Metadata of a checkpoint that was written on another device. */
function variantOf(metadata: ReadonlyMap<string, string>, variant: string) {
  return { variant, fit: JSON.stringify({ ...JSON.parse(metadata.get("fit")!), variant }) };
}

const noTimes = { seconds: 0, images_per_second: 0, input_seconds: 0, device_seconds: 0 };

/** What a run ended with, times aside. */
function outcome(run: string) {
  const read = (name: string) => readFileSync(join(folder, run, name));
  const history = read("history.jsonl").toString().trim().split("\n");
  return {
    last: read("last.safetensors").toString("base64"),
    best: read("best.safetensors").toString("base64"),
    test: JSON.parse(read("test.json").toString()),
    history: history.map((line) => ({ ...JSON.parse(line), ...noTimes })),
    events: ["train", "validation"].map((part) => eventsOf(join(folder, run, "events", part))),
  };
}

function eventsOf(path: string) {
  const names = readdirSync(path);
  return names.flatMap((name) =>
    [...decodeRecords(readFileSync(join(path, name)))].map(({ data }) => ({ ...decodeEvent(data), wallTime: 0 })),
  );
}

beforeAll(async () => {
  if (!useReal) {
    console.warn("resuming: a generated set (TESSERA_FULL=1 and CIFAR-100 in TESSERA_DATA for the real one)");
    writeFileSync(archive, await smallCifar({ train: 960, test: 64 }));
  }
  expect((await start("whole")).code).toBe(0);
}, time);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("tessera train --resume", { timeout: time }, () => {
  it(`ends as an uninterrupted run, killed ${kills} times in the middle of epochs`, async () => {
    const args = ["train", "mini-cnn", "--data", archive, "--device", "cpu", "--epochs", "3", ...size];
    const stands: string[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const own = kill === 0 ? [...args, "--out", "killed"] : ["train", "--resume", "killed"];
      // Spread over the epochs, in the first three fifths of each, so that a late signal still finds it under way.
      const [epochs, part] = [Math.floor((kill * 3) / kills), ((kill * 3) / kills) % 1];
      const from = Math.floor((epochs + 0.15 + 0.45 * part) * batchesPerEpoch);
      expect((await cutShort("killed", [...own, ...every], from, "SIGKILL")).code).toBeNull();
      const { epoch, batch, lines } = standOf("killed")!;
      stands.push(`epoch ${epoch}, batch ${batch}`);
      expect(batch, stands.join("; ")).toBeGreaterThan(0);
      expect(batch, stands.join("; ")).toBeLessThan(batchesPerEpoch);
      expect(lines, "no epoch ended between the checkpoint and the signal").toBe(epoch - 1);
    }
    console.log(`killed at ${stands.join("; ")} of ${batchesPerEpoch}`);
    const { code, out, err } = await tessera(["train", "--resume", "killed"]);
    expect(wordsOf(err)).toEqual([]);
    expect(code).toBe(0);
    expect(out).toContain(
      `killed goes on from ${stands.at(-1)!.replace(/\d+$/, (batch) => String(Number(batch) + 1))}`,
    );
    expect(outcome("killed"), stands.join("; ")).toEqual(outcome("whole"));
  });

  it("ends as an uninterrupted run after Ctrl-C, and warns where another device goes on", async () => {
    const args = ["train", "mini-cnn", "--data", archive, "--device", "cpu", "--epochs", "3", ...size];
    const stopped = await cutShort("stopped", [...args, "--out", "stopped", ...every], batchesPerEpoch + 1, "SIGINT");
    expect(stopped.code).toBe(130);
    expect(stopped.out).toContain("go on with: tessera train --resume stopped\n");
    cpSync(join(folder, "stopped"), join(folder, "moved"), { recursive: true });
    const { code, err } = await tessera(["train", "--resume", "stopped"]);
    expect([code, wordsOf(err)]).toEqual([0, []]);
    expect(outcome("stopped")).toEqual(outcome("whole"));
    const path = join(folder, "moved/checkpoint.safetensors");
    const { tensors, metadata } = decode(readFileSync(path));
    writeFileSync(path, encode(tensors, { ...Object.fromEntries(metadata), ...variantOf(metadata, "an abacus") }));
    const moved = await tessera(["train", "--resume", "moved"]);
    expect(moved.code).toBe(0);
    expect(wordsOf(moved.err)).toEqual([
      expect.stringMatching(/^the run was trained on an abacus, and goes on on cpu, .*: the last bits will differ$/),
    ]);
  });

  it("goes on from the middle of an epoch, with more epochs than were planned", async () => {
    expect((await start("longer", "--epochs", "1")).code).toBe(0);
    const { code, out } = await tessera(["train", "--resume", "longer", "--epochs", "3", "--threads", "1"]);
    expect(code).toBe(0);
    expect(out).toMatch(/longer goes on from epoch 2, batch 1/);
    expect(outcome("longer").history[2]).toEqual(outcome("whole").history[2]);
    expect(outcome("longer").last).toBe(outcome("whole").last);
    const shorter = await tessera(["train", "--resume", "longer", "--epochs", "2"]);
    expect(shorter.err).toMatch(/^tessera: longer: 3 epochs are trained already, more than 2/);
    expect(shorter.code).toBe(1);
    const done = await tessera(["train", "--resume", "longer"]);
    expect(done.out).toContain("longer has been trained for all of its epochs, 3, and is measured once more;");
    expect([done.code, outcome("longer").last]).toEqual([0, outcome("whole").last]);
  });

  it("refuses what would change the run, and what is none, in one line", async () => {
    const changed = await tessera(["train", "--resume", "whole", "--seed", "2"]);
    expect(changed.err).toBe("error: --seed cannot be given with --resume: a run goes on with its own settings\n");
    expect(changed.code).toBe(2);
    const other = await tessera(["train", "cnn", "--resume", "whole"]);
    expect(other.err).toMatch(/^error: cnn cannot be given with --resume/);
    expect((await tessera(["train", "--resume", "nowhere"])).err).toMatch(/^tessera: nowhere: no run/);
  });

  it("refuses a checkpoint of another model, other data, and runs without checkpoints, in one line", async () => {
    const edit = (run: string, change: object) => {
      cpSync(join(folder, "whole"), join(folder, run), { recursive: true });
      const path = join(folder, run, "config.json");
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...change }));
    };
    const { recipe } = JSON.parse(readFileSync(join(folder, "whole/config.json"), "utf8"));
    edit("other-model", { recipe: { ...recipe, model: { name: "cnn" } } });
    const model = await tessera(["train", "--resume", "other-model"]);
    expect(model.err).toMatch(/^tessera: other-model\/checkpoint\.safetensors: checkpoint: .*\n$/);
    expect(model.code).toBe(1);
    // What demo and import leave has no checkpoints, and must not be begun anew in its own folder.
    edit("not-trained", { checkpointEvery: undefined });
    rmSync(join(folder, "not-trained/checkpoint.safetensors"));
    const demo = await tessera(["train", "--resume", "not-trained"]);
    expect(demo.err).toBe("tessera: not-trained: it is no run of tessera train, and has nothing to go on from\n");
    expect(demo.code).toBe(1);
    expect(outcome("not-trained")).toEqual(outcome("whole"));
    edit("other-data", { classNames: ["cat", "dog"] });
    const data = await tessera(["train", "--resume", "other-data"]);
    expect(data.err).toMatch(/^tessera: .*: not the data of other-data: the number of classes was 2, and is 100\n$/);
    expect(outcome("other-data")).toEqual(outcome("whole"));
  });
});

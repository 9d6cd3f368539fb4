// A run that is killed at random moments and resumed ends as one that was not: the command in processes of its own.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { decodeEvent, decodeRecords } from "@tessera/tfrecord";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallCifar } from "./small-cifar.ts";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-resume-run-"));
const full = process.env.TESSERA_FULL === "1";
const real = join(process.env.TESSERA_DATA ?? join(root, "../shared/data"), "cifar-100-python.tar.gz");
const useReal = full && existsSync(real);
const archive = useReal ? real : join(folder, "cifar-100-python.tar.gz");
const size = useReal ? ["--batch-size", "256"] : ["--batch-size", "16"];
const kills = full ? 5 : 2;

/** Runs to the end, or kills after so many milliseconds from its first line on. */
function tessera(
  args: readonly string[],
  killAfter?: number,
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [command, ...args], { cwd: folder });
    let [out, err] = ["", ""];
    let timer: NodeJS.Timeout | undefined;
    child.stdout.on("data", (text: Buffer) => {
      out += text;
      if (killAfter !== undefined) timer ??= setTimeout(() => child.kill("SIGKILL"), killAfter);
    });
    child.stderr.on("data", (text: Buffer) => {
      err += text;
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      done({ code, out, err });
    });
  });
}

const start = (out: string, ...more: string[]) =>
  tessera(["train", "mini-cnn", "--data", archive, "--device", "cpu", "--epochs", "3", ...size, "--out", out, ...more]);

/** What a run ended with, times aside. */
function outcome(run: string) {
  const read = (name: string) => readFileSync(join(folder, run, name));
  const history = read("history.jsonl").toString().trim().split("\n");
  return {
    last: read("last.safetensors").toString("base64"),
    best: read("best.safetensors").toString("base64"),
    test: JSON.parse(read("test.json").toString()),
    history: history.map((line) => ({ ...JSON.parse(line), seconds: 0, images_per_second: 0 })),
    events: ["train", "validation"].map((part) => eventsOf(join(folder, run, "events", part))),
  };
}

function eventsOf(path: string) {
  const names = readdirSync(path);
  return names.flatMap((name) =>
    [...decodeRecords(readFileSync(join(path, name)))].map(({ data }) => ({ ...decodeEvent(data), wallTime: 0 })),
  );
}

let duration = 0;

beforeAll(async () => {
  if (!useReal) {
    console.warn("resuming: a generated set (TESSERA_FULL=1 and CIFAR-100 in TESSERA_DATA for the real one)");
    writeFileSync(archive, await smallCifar({ train: 960, test: 64 }));
  }
  const begun = performance.now();
  expect((await start("whole")).code).toBe(0);
  duration = performance.now() - begun;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("tessera train --resume", () => {
  it("ends as an uninterrupted run, killed at random moments", async () => {
    const moment = () => Math.random() * duration * 0.5;
    const moments = Array.from({ length: kills }, moment);
    const every = ["--checkpoint-every", "7"];
    const args = ["--data", archive, "--device", "cpu", "--epochs", "3", ...size, "--out", "killed", ...every];
    await tessera(["train", "mini-cnn", ...args], moments[0]);
    for (const each of moments.slice(1)) await tessera(["train", "--resume", "killed"], each);
    const { code, out, err } = await tessera(["train", "--resume", "killed"]);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toMatch(/killed goes on from (epoch|the beginning)/);
    expect(outcome("killed"), `killed after ${moments} ms`).toEqual(outcome("whole"));
  });

  it("goes on from the middle of an epoch, with more epochs than were planned", async () => {
    const early = { seconds: 0, images_per_second: 0 };
    expect((await start("longer", "--epochs", "1")).code).toBe(0);
    const { code, out } = await tessera(["train", "--resume", "longer", "--epochs", "3", "--threads", "1"]);
    expect(code).toBe(0);
    expect(out).toMatch(/longer goes on from epoch 2, batch 1/);
    expect(outcome("longer").history[2]).toEqual({ ...outcome("whole").history[2], ...early });
    expect(outcome("longer").last).toBe(outcome("whole").last);
    const shorter = await tessera(["train", "--resume", "longer", "--epochs", "2"]);
    expect(shorter.err).toMatch(/^tessera: longer: 3 epochs are trained already, more than 2/);
    expect(shorter.code).toBe(1);
  });

  it("refuses what would change the run, and what is none, in one line", async () => {
    const changed = await tessera(["train", "--resume", "whole", "--seed", "2"]);
    expect(changed.err).toBe("error: --seed cannot be given with --resume: a run goes on with its own settings\n");
    expect(changed.code).toBe(2);
    const other = await tessera(["train", "cnn", "--resume", "whole"]);
    expect(other.err).toMatch(/^error: cnn cannot be given with --resume/);
    expect((await tessera(["train", "--resume", "nowhere"])).err).toMatch(/^tessera: nowhere: no run/);
  });

  it("refuses a checkpoint of another model, and other data, in one line", async () => {
    const edit = (run: string, change: object) => {
      cpSync(join(folder, "whole"), join(folder, run), { recursive: true });
      const path = join(folder, run, "config.json");
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...change }));
    };
    edit("other-model", { model: "cnn" });
    const model = await tessera(["train", "--resume", "other-model"]);
    expect(model.err).toMatch(/^tessera: other-model\/checkpoint\.safetensors: checkpoint: .*\n$/);
    expect(model.code).toBe(1);
    edit("other-data", { classNames: ["cat", "dog"] });
    const data = await tessera(["train", "--resume", "other-data"]);
    expect(data.err).toMatch(/^tessera: .*: not the data of other-data: the number of classes was 2, and is 100\n$/);
    expect(outcome("other-data")).toEqual(outcome("whole"));
  });
});

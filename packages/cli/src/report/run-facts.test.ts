import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { EVENT_FILE_VERSION, encodeEvent, encodeRecord } from "@tessera/tfrecord";
import { afterAll, describe, expect, it } from "vitest";
import { writeRun } from "../../fixtures/run-folder.ts";
import { RunFolder } from "../run-folder.ts";
import { readRun } from "./run-facts.ts";
import { findRuns, listedRun, readRuns } from "./run-list.ts";
import { markRunning } from "./run-state.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-runs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function run(fixture: Parameters<typeof writeRun>[1] = {}): string {
  const path = join(folder, `run-${count++}`);
  writeRun(path, fixture);
  return path;
}

describe("a run's folder", () => {
  it("is read whole", () => {
    const { recipe, history, test, state, notes } = readRun(run());
    expect(recipe).toMatchObject({ model: { name: "mini-cnn" }, batchSize: 32 });
    expect(history.epochs).toHaveLength(3);
    expect(history.keys.slice(0, 3)).toEqual(["epoch", "loss", "accuracy"]);
    expect([test, state, notes]).toEqual([{ accuracy: 0.5 }, "finished", []]);
  });

  it("may end in half a line, and have one in its middle that is none", () => {
    const path = run({ tail: '[1]\n{"epoch":4,"loss":null,"accuracy":1e999}\n{"epoch":5,"lo' });
    const { history, notes } = readRun(path);
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(history.epochs[3]!.loss).toBeNull();
    expect(notes).toEqual([
      "history.jsonl: line 4 is no epoch and was left out",
      "history.jsonl: line 6 is no epoch and was left out: it was being written, or its writer was killed",
    ]);
  });

  it("is read where another version wrote it", () => {
    const old = readRun(run({ config: { recipe: undefined, model: "cnn" } }));
    expect([old.recipe, old.notes]).toEqual([null, ["config.json has no recipe: another version wrote it"]]);
    const later = readRun(run({ config: { recipe: { model: { name: "transformer" } } } }));
    expect(later.recipe).toBeNull();
    expect(later.notes[0]).toMatch(/^this version cannot follow the recipe: .*model/);
  });

  it("gives its learning rates from the history, else from TensorBoard's events", () => {
    expect(readRun(run({ more: () => ({ learning_rate: 0.1 }) })).history.epochs[0]!.learning_rate).toBe(0.1);
    const path = run();
    const file = join(path, "events/train/events.out.tfevents.1.host");
    mkdirSync(join(path, "events/train"), { recursive: true });
    const event = (step: number, simpleValue: number) =>
      encodeRecord(encodeEvent({ wallTime: 0, step, summary: [{ tag: "epoch_learning_rate", simpleValue }] }));
    writeFileSync(file, encodeRecord(encodeEvent({ wallTime: 0, step: 0, fileVersion: EVENT_FILE_VERSION })));
    for (const [step, rate] of [0.5, 0.25].entries()) appendFileSync(file, event(step, rate));
    appendFileSync(file, event(2, 0.125).subarray(0, 20));
    expect(readRun(path).history.epochs.map((line) => line.learning_rate)).toEqual([0.5, 0.25, null]);
  });

  it("is no run without config.json, or with one that is no JSON", () => {
    expect(() => readRun(folder)).toThrow(/no run: it has no config.json\n {2}hint: /);
    const path = run();
    writeFileSync(join(path, "config.json"), "{");
    expect(() => readRun(path)).toThrow(/config\.json: not JSON/);
  });
});

describe("a run's state", () => {
  it("is running while the process that trains it is there", () => {
    const path = run({ test: null });
    expect(readRun(path).state).toBe("stopped");
    const unmark = markRunning(RunFolder.open(path));
    expect(readRun(path).state).toBe("running");
    unmark();
    expect(readRun(path).state).toBe("stopped");
  });

  it.each([
    ["a process that is gone", { pid: 2 ** 30, host: hostname(), since: Date.now() }, "stopped"],
    ["one from before this machine was started", { pid: process.pid, host: hostname(), since: 0 }, "stopped"],
    ["one on another machine", { pid: 2 ** 30, host: "elsewhere.invalid", since: 0 }, "running"],
  ])("takes the mark of %s for what it is", (_, mark, state) => {
    const path = run({ test: null });
    writeFileSync(join(path, "running.json"), JSON.stringify(mark));
    expect(readRun(path).state).toBe(state);
  });

  it("is imported where the weights come from elsewhere", () => {
    expect(readRun(run({ epochs: 0, test: null, config: { dataset: "imported" } })).state).toBe("imported");
  });
});

describe("a list of runs", () => {
  it("has what one compares", () => {
    const path = run({ epochs: 2, config: { recipe: { model: { name: "cnn" }, epochs: 5 } }, test: null });
    expect(listedRun(readRun(path))).toEqual({
      ...{ path, state: "stopped", model: "cnn", data: "cifar-10", epochs: 2, planned: 5, measure: "accuracy" },
      bestValidation: { value: 0.8 - 0.7 / 2, epoch: 2 },
      ...{ test: null, seconds: 20, started: "2026-01-02T03:04:05.000Z" },
    });
    // The least loss is the best.
    expect(listedRun(readRun(path), "loss").bestValidation).toEqual({ value: 2.25, epoch: 2 });
  });

  it("tells runs of pixels by their IoU", () => {
    const path = run({ more: (epoch) => ({ mean_iou: 0.1 * epoch, val_mean_iou: 0.05 * epoch }) });
    expect(listedRun(readRun(path), "mean_iou").bestValidation!.epoch).toBe(3);
  });

  it("finds runs below folders, and says which cannot be read", () => {
    const bad = run();
    writeFileSync(join(bad, "config.json"), "[]");
    const found = findRuns([folder]);
    expect(found).toContain(bad);
    const { runs, faults } = readRuns(found);
    expect(runs.length).toBe(found.length - faults.length);
    expect(faults).toContain(`${join(bad, "config.json")}: expected a JSON object`);
    expect(() => findRuns([join(folder, "nowhere")])).toThrow(/nowhere: there is no such folder\n {2}hint: /);
  });
});

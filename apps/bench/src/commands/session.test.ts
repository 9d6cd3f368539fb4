// What a run leaves when one of its results is wrong.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { BenchRecord } from "../report/record.ts";
import type { BenchOptions } from "./options.ts";
import { runJobs } from "./session.ts";

const record: BenchRecord = {
  ...{ benchmark: "kernel/matmul/square", device: "cpu", adapter: "cpu: 1 thread", shape: [2, 3, 4] },
  ...{ milliseconds: { median: 2, min: 1, max: 3 }, gflops: 5, gigabytesPerSecond: 1, imagesPerSecond: null },
  ...{ shareOfPeak: null, peers: {}, verified: "float64", wrong: null },
};
const wrong: BenchRecord = { ...record, milliseconds: null, gflops: null, gigabytesPerSecond: null, wrong: "y is 3" };

let folder: string;
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tessera-bench-test-"));
  printed = "";
  vi.spyOn(console, "log").mockImplementation((text: string) => {
    printed += text;
  });
  vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(folder, { recursive: true });
});

/** Runs one job that gives these records, and reads the file of its figures. */
async function run(records: readonly BenchRecord[]) {
  const json = join(folder, "results.json");
  const options: BenchOptions = {
    ...{ device: "cpu", threads: 1, batchSize: 2, rounds: 1, networks: [], peers: false, peerSeconds: 1 },
    ...{ quick: true, winograd: true, json, out: folder },
  };
  const job = async function* () {
    yield* records;
  };
  await runJobs([job], options);
  return JSON.parse(readFileSync(json, "utf8"));
}

it("ends well where all is right, with a page and a share of the peak", async () => {
  const { records, peak } = await run([record]);
  expect(process.exitCode).toBeUndefined();
  expect(records[0].shareOfPeak).toBeCloseTo(5 / peak.gflops, 10);
  expect(readFileSync(join(folder, "results.md"), "utf8").trim()).toBe(printed.trim());
  expect(readFileSync(join(folder, "results.html"), "utf8")).toMatch(/<svg[\s\S]*<\/svg>[\s\S]*<table>/);
});

it("fails, and says what is wrong, where a result is", async () => {
  const { records } = await run([record, wrong]);
  expect(process.exitCode).toBe(1);
  expect(records[1]).toMatchObject({ milliseconds: null, wrong: "y is 3" });
  expect(printed).toContain("**WRONG**: kernel/matmul/square on cpu: 1 thread: y is 3");
});

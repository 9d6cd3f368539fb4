// Training over MPI: several ranks see what one process sees, hold the same bits, and end and go on together.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { decode } from "@tessera/safetensors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installedFamilies, start } from "./ranks/jobs.ts";
import { smallCifar } from "./small-cifar.ts";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-ranks-"));
const full = process.env.TESSERA_FULL === "1";
const real = join(process.env.TESSERA_DATA ?? join(root, "../shared/data"), "cifar-100-python.tar.gz");
const small = join(folder, "cifar-100-python.tar.gz");
const useReal = existsSync(real);
if (!useReal) console.warn("SKIPPED: losses of ranks on the real CIFAR-100, which is not here: a small one stands in");
const data = useReal ? real : small;
const families = installedFamilies("training");
const [first] = families;

interface Trained {
  readonly losses: readonly number[];
  readonly digest: string;
  readonly last: Readonly<Record<string, number>>;
}

beforeAll(async () => writeFileSync(small, await smallCifar({ train: 960, test: 100 })));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What each rank ended with. */
async function train(name: string, ranks: number, job: object, family = first ?? "mpich"): Promise<Trained[]> {
  const out = join(folder, name);
  // A narrow network of the same make unless there is time.
  const text = JSON.stringify({ data, steps: 20, limit: 960, out, width: full ? 1 : 0.25, ...job });
  const { code, err } = await start({ ranks, family }, [join(root, "tests/ranks/train.mjs"), text]).ended;
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return Array.from({ length: Math.max(1, ranks) }, (_, rank) => JSON.parse(readFileSync(`${out}.${rank}`, "utf8")));
}

/** The greatest distance between losses of the same step. */
function distance(a: Trained, b: Trained): number {
  expect(b.losses).toHaveLength(a.losses.length);
  return Math.max(...a.losses.map((loss, i) => Math.abs(loss - b.losses[i]!)));
}

describe.skipIf(!first)("several ranks", { timeout: 300_000 }, () => {
  it("follow one process no farther off than other orders of its sums, with the same bits on all, twice", async () => {
    const [one] = await train("one", 0, {});
    const [threads] = await train("threads", 0, { threads: 2 });
    expect(threads!.losses).toEqual(one!.losses);
    // Results don't depend on threads at all, so what else is as good an answer tells how far off one may be.
    const others = [
      await train("plain", 0, { device: { relaxedSimd: false } }),
      await train("direct", 0, { device: { winograd: false } }),
      await train("backwards", 0, { backwards: true }),
    ].map(([each]) => distance(one!, each!));
    const spread = Math.max(...others);
    expect(spread).toBeGreaterThan(0);
    for (const ranks of [2, 4]) {
      const trained = await train(`ranks-${ranks}`, ranks, {});
      expect(new Set(trained.map(({ digest }) => digest)).size).toBe(1);
      expect(trained.map(({ losses }) => losses)).toEqual(trained.map(() => trained[0]!.losses));
      const off = distance(one!, trained[0]!);
      console.info(
        `losses of ${ranks} ranks: ${off.toExponential(1)} off; other orders: ${others.map((each) => each.toExponential(1)).join(", ")}`,
      );
      expect(off).toBeLessThanOrEqual(spread);
    }
    const again = await train("again", 2, {}, families.at(-1));
    expect(again[0]!.digest).toBe((JSON.parse(readFileSync(join(folder, "ranks-2.0"), "utf8")) as Trained).digest);
  });

  it("share uneven last batches, augmentation, accumulation and validation, and end alike with statistics of their own", async () => {
    // 52 examples: batches of 25, 25 and 2, which is fewer than there are ranks.
    const job = { batchSize: 25, limit: 52, steps: 9, width: 0.25, augment: true, validation: true };
    const [one] = await train("uneven-one", 0, job);
    const three = await train("uneven", 3, job);
    expect(new Set(three.map(({ digest }) => digest)).size).toBe(1);
    // Three steps of SGD: little more than the rounding of sums.
    for (const name of ["loss", "accuracy", "val_loss", "val_accuracy"]) {
      expect(three[0]!.last[name]).toBeCloseTo(one!.last[name]!, 3);
    }
    const accumulated = await train("accumulated", 2, { ...job, accumulate: 2, dropout: 0.2, batchNorm: "perRank" });
    expect(new Set(accumulated.map(({ digest }) => digest)).size).toBe(1);
  });

  it("refuse to begin with other weights than rank 0", async () => {
    const text = JSON.stringify({ data: small, out: join(folder, "seeds"), seeds: [0, 1], width: 0.25 });
    const { code, err } = await start({ ranks: 2 }, [join(root, "tests/ranks/train.mjs"), text]).ended;
    expect(code).not.toBe(0);
    expect(err).toContain("fit: ranks do not begin alike: rank 1 and rank 0 differ in conv2d.kernel");
  });
});

const argumentsOf = (out: string) => [
  ...["train", "mini-cnn", "--data", small, "--device", "cpu", "--epochs", "3", "--batch-size", "16"],
  ...["--checkpoint-every", "10", "--out", out],
];

/** Processes of a run, by what stands on their command lines. */
function processesOf(run: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        return line.includes(command) && line.includes(run) && !line.some((each) => each.includes("mpi"));
      } catch {
        return false; // it has ended
      }
    });
}

/** Batches that a run's checkpoint has done. */
function batchesDone(run: string): number {
  const path = join(run, "checkpoint.safetensors");
  if (!existsSync(path)) return 0;
  const { epoch, batch } = JSON.parse(decode(readFileSync(path)).metadata.get("fit")!) as {
    epoch: number;
    batch: number;
  };
  return (epoch - 1) * 54 + batch;
}

describe.skipIf(!first || process.platform !== "linux")("tessera train under mpiexec", { timeout: 300_000 }, () => {
  it("a killed rank ends the job within 30 seconds, and any number of ranks goes on", async () => {
    const resumed = full ? [1, 2, 4, 2, 1] : [4, 1];
    const run = join(folder, "killed");
    let args = argumentsOf(run);
    for (const [i, ranks] of [2, ...resumed].entries()) {
      const job = start({ ranks, ...(first && { family: first }) }, [command, ...args]);
      const last = i === resumed.length;
      const wanted = Math.floor(((i + 1) * 3 * 54) / (resumed.length + 2));
      if (!last) {
        while (batchesDone(run) < wanted && job.child.exitCode === null) await sleep(20);
        const victims = processesOf(run);
        expect(victims).toHaveLength(ranks);
        const killed = performance.now();
        process.kill(victims[i % ranks]!, "SIGKILL");
        const { code } = await job.ended;
        expect(code).not.toBe(0);
        while (processesOf(run).length > 0 && performance.now() - killed < 30_000) await sleep(50);
        expect(processesOf(run)).toEqual([]);
      } else {
        const { code, out } = await job.ended;
        expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("goes on from epoch") });
      }
      args = ["train", "--resume", run];
    }
    const history = readFileSync(join(run, "history.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(history.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  });

  it("refuses ranks that were started differently, by name, and says what ranks are for", async () => {
    const each = (seed: string) => [
      "-n",
      "1",
      process.execPath,
      command,
      ...argumentsOf(join(folder, "differ")),
      "--seed",
      seed,
    ];
    const [one, other] = [each("1"), each("2")];
    const { code, err } = await start({ ranks: 1, ...(first && { family: first }) }, [...one.slice(3), ":", ...other])
      .ended;
    expect(code).not.toBe(0);
    expect(err).toMatch(/rank 0 of 2 \(.*\): ranks differ in recipe\.seed: rank 0 has "1", rank 1 has "2"/);
    const alone = await start({ ranks: 0 }, [
      command,
      ...argumentsOf(join(folder, "alone")),
      "--batch-norm",
      "per-rank",
    ]).ended;
    expect(alone).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^error: --batch-norm is for several ranks: .*\n$/),
    });
  });
});

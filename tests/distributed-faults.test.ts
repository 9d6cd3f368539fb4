// Ranks that are killed, or whose numbers go wrong: all end together, nothing is left, and any number of ranks goes on.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { decode } from "@tessera/safetensors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installedFamilies, processesOf, start } from "./ranks/jobs.ts";
import { smallCifar } from "./small-cifar.ts";

type Family = "mpich" | "open-mpi";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-rank-faults-"));
const path = (...names: string[]) => join(folder, ...names);
const full = process.env.TESSERA_FULL === "1";
const families = installedFamilies("killed ranks");
/** 30 batches of 16 an epoch. */
const [images, batches, epochs] = [480, 30, 3];

beforeAll(async () => {
  writeFileSync(path("cifar-100-python.tar.gz"), await smallCifar({ train: images, test: 100 }));
  // Without dropout, whose masks are each rank's own, any number of ranks takes the same steps but for rounding.
  // Steps are short, so that rounding does not grow from one to the next.
  const optimizer = { name: "sgd", learningRate: 1e-5 };
  const data = { path: path("cifar-100-python.tar.gz"), validation: "test" };
  const model = { name: "cnn", width: 0.125, dropout: [0, 0, 0, 0] };
  const recipe = { model, data, optimizer, epochs, batchSize: 16 };
  writeFileSync(path("recipe.json"), JSON.stringify(recipe));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const argumentsOf = (run: string) => [
  ...["train", "--recipe", path("recipe.json"), "--device", "cpu", "--checkpoint-every", "5", "--out", run],
];

/** Where a run's checkpoint stands. */
function standOf(run: string): { epoch: number; batch: number } {
  if (!existsSync(join(run, "checkpoint.safetensors"))) return { epoch: 1, batch: 0 };
  return JSON.parse(decode(readFileSync(join(run, "checkpoint.safetensors"))).metadata.get("fit")!);
}

/** Batches that a run's checkpoint has done. */
function batchesDone(run: string): number {
  const { epoch, batch } = standOf(run);
  return (epoch - 1) * batches + batch;
}

/** Waits until no process of a job is left: for how many seconds since `begun`, 30 at most. */
async function allEnded(mark: string, begun = performance.now()): Promise<number> {
  while (processesOf(mark).length > 0 && performance.now() - begun < 30_000) await sleep(20);
  const seconds = (performance.now() - begun) / 1000;
  expect(processesOf(mark)).toEqual([]);
  return seconds;
}

/** Trains on two ranks, kills one of them at a random moment, and sees all end. */
async function killOne(run: string, family: Family | undefined): Promise<void> {
  const job = start({ ranks: 2, family, mark: run }, [command, ...argumentsOf(run)]);
  // A checkpoint is there from the fifth batch on; the last ones are left for who goes on.
  const moment = 5 + Math.floor(Math.random() * (epochs * batches - 60));
  while (batchesDone(run) < moment && job.child.exitCode === null) await sleep(5);
  await sleep(Math.random() * 200);
  const ranks = processesOf(run).filter(
    ({ line }) => line.includes(command) && !basename(line[0] ?? "").includes("mpi"),
  );
  expect(ranks).toHaveLength(2);
  const victim = Math.random() < 0.5 ? 0 : 1;
  const killed = performance.now();
  process.kill(ranks[victim]!.pid, "SIGKILL");
  const { code, out, err } = await job.ended;
  expect(code).not.toBe(0);
  // The launcher says which of its processes it was.
  expect(out + err).toMatch(/signal:? 9/i);
  const seconds = await allEnded(run, killed);
  expect(seconds).toBeLessThan(30);
  const { epoch, batch } = standOf(run);
  console.info(
    `${family}: killed rank ${victim} past batch ${moment}; all had ended ${seconds.toFixed(2)} s later; checkpoint at epoch ${epoch}, batch ${batch}`,
  );
}

/** What training gave, without the time that it took. */
function resultOf(run: string) {
  const history = readFileSync(join(run, "history.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const { seconds, images_per_second, input_seconds, device_seconds, ...rest } = JSON.parse(line);
      return rest as Record<string, number>;
    });
  return { history, weights: readFileSync(join(run, "last.safetensors")) };
}

/** Goes on with a copy of a run. */
async function goOn(run: string, ranks: number, family: Family | undefined) {
  const copy = `${run}-${ranks}`;
  cpSync(run, copy, { recursive: true });
  const { epoch, batch } = standOf(run);
  const { code, out, err } = await start({ ranks, family }, [command, "train", "--resume", copy]).ended;
  expect({ code, out }, err).toMatchObject({
    code: 0,
    out: expect.stringContaining(`goes on from epoch ${epoch}, batch ${batch + 1}`),
  });
  const result = resultOf(copy);
  expect(result.history.map((each) => each.epoch)).toEqual([1, 2, 3]);
  // A share of all images of an epoch: one that was missed or came twice would make a fraction of it.
  for (const { accuracy } of result.history) {
    expect(Math.abs(accuracy! * images - Math.round(accuracy! * images))).toBeLessThan(1e-3);
  }
  return result;
}

describe.skipIf(families.length === 0 || process.platform !== "linux")("a killed rank", { timeout: 600_000 }, () => {
  const [first] = families;

  it.skipIf(full)("ends the job within 30 seconds, and more ranks go on", async () => {
    await killOne(path("killed"), first);
    await goOn(path("killed"), 4, first);
  });

  describe.runIf(full)("whenever it is", () => {
    let whole: ReturnType<typeof resultOf>;
    beforeAll(async () => {
      const { ended } = start({ ranks: 2, family: first }, [command, ...argumentsOf(path("whole"))]);
      expect(await ended).toMatchObject({ code: 0 });
      whole = resultOf(path("whole"));
    }, 600_000);

    // Five times, and once under each other family.
    const kills = first ? [...Array<Family>(5).fill(first), ...families.slice(1)] : [];
    const jobs = kills.map((family, i) => ({ family, number: i + 1 }));
    it.each(jobs)(
      "ends the job, and any number of ranks goes on: kill $number, $family",
      async ({ family, number }) => {
        const run = path(`killed-${number}`);
        await killOne(run, family);
        const two = await goOn(run, 2, family);
        expect(two.history).toEqual(whole.history);
        expect(two.weights.equals(whole.weights)).toBe(true);
        for (const ranks of [1, 4]) {
          const { history } = await goOn(run, ranks, family);
          // Another order of sums, over 90 steps.
          for (const [epoch, { loss }] of history.entries()) expect(loss).toBeCloseTo(whole.history[epoch]!.loss!, 3);
        }
      },
    );
  });
});

describe.skipIf(families.length === 0)("a loss that is NaN", { timeout: 300_000 }, () => {
  it.each(full ? families : families.slice(0, 1))("ends all ranks with one error, under %s", async (family) => {
    const run = path(`nan-${family}`);
    const args = ["train", "mini-cnn", "--data", path("cifar-100-python.tar.gz"), "--device", "cpu", "--out", run];
    const job = start({ ranks: 2, family, mark: run }, [command, ...args, "--learning-rate", "1e30", "--epochs", "1"]);
    const { code, err } = await job.ended;
    expect(code).toBe(1);
    const found = err.match(/fit: epoch 1, batch \d+, iteration \d+: .*/g);
    expect(found).toHaveLength(1);
    expect(found![0]).toMatch(
      /: [a-z0-9_./]+: (the output|the gradient of \S+|\S+) (is not finite|has \d+ values that are not finite)$/,
    );
    expect(err).toMatch(/^rank 0 of 2 \(.*\): fit: epoch 1, /m);
    expect(existsSync(join(run, "nan-dump.safetensors"))).toBe(true);
    if (process.platform === "linux") await allEnded(run);
  });
});

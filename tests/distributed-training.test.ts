// Training over MPI: several ranks see what one process sees, hold the same bits, and end and go on together.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
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
/** What is compared with one process: the first and, for the same bits again, the last family that is there; or all, twice. */
const jobs = full
  ? families.flatMap((family) => [2, 4, 2, 4].map((ranks) => [family, ranks] as const))
  : first
    ? ([
        [first, 2],
        [first, 4],
        [families.at(-1)!, 2],
      ] as const)
    : [];

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
  const text = JSON.stringify({ data, steps: 20, limit: 960, out, width: full ? 1 : 0.125, ...job });
  const { code, err } = await start({ ranks, family }, [join(root, "tests/ranks/train.mjs"), text]).ended;
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return Array.from({ length: Math.max(1, ranks) }, (_, rank) => JSON.parse(readFileSync(`${out}.${rank}`, "utf8")));
}

/** The greatest distance between losses of the same step. */
function distance(a: Trained, b: Trained): number {
  expect(b.losses).toHaveLength(a.losses.length);
  return Math.max(...a.losses.map((loss, i) => Math.abs(loss - b.losses[i]!)));
}

describe.skipIf(!first)("several ranks", { timeout: full ? 1_800_000 : 300_000 }, () => {
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
    const digests = new Map<number, string>();
    for (const [i, [family, ranks]] of jobs.entries()) {
      const trained = await train(`ranks-${i}`, ranks, {}, family);
      expect(new Set(trained.map(({ digest }) => digest)).size).toBe(1);
      expect(trained.map(({ losses }) => losses)).toEqual(trained.map(() => trained[0]!.losses));
      const off = distance(one!, trained[0]!);
      const figures = others.map((each) => each.toExponential(1)).join(", ");
      console.info(`losses of ${ranks} ranks under ${family}: ${off.toExponential(1)} off; other orders: ${figures}`);
      expect(off).toBeLessThanOrEqual(spread);
      // The same bits again, and under the other MPI.
      const { digest } = trained[0]!;
      expect(digest).toBe(digests.get(ranks) ?? digest);
      digests.set(ranks, digest);
    }
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

  it.skipIf(!full)("on webgpu follow one process as far as another order of its sums does", async () => {
    const job = { kind: "webgpu", batchSize: 8, limit: 64, steps: 4, width: 0.25 };
    const [one] = await train("gpu-one", 0, job);
    const [backwards] = await train("gpu-backwards", 0, { ...job, backwards: true });
    const two = await train("gpu-two", 2, job);
    expect(two[1]).toMatchObject({ digest: two[0]!.digest, losses: two[0]!.losses });
    expect(two[0]!.losses).toHaveLength(4);
    const spread = distance(one!, backwards!);
    const off = distance(one!, two[0]!);
    console.info(`losses of 2 ranks on webgpu: ${off.toExponential(1)} off; another order: ${spread.toExponential(1)}`);
    // Steps are short here: little is left but the last bits of the losses themselves.
    expect(off).toBeLessThanOrEqual(Math.max(spread, 4 * 2 ** -23 * Math.max(...one!.losses)));
  });

  it("refuse to begin with other weights than rank 0", async () => {
    const text = JSON.stringify({ data: small, out: join(folder, "seeds"), seeds: [0, 1], width: 0.25 });
    const { code, err } = await start({ ranks: 2 }, [join(root, "tests/ranks/train.mjs"), text]).ended;
    expect(code).not.toBe(0);
    expect(err).toContain("fit: ranks do not begin alike: rank 1 and rank 0 differ in conv2d.kernel");
  });
});

describe.skipIf(!first || process.platform !== "linux")("tessera train under mpiexec", { timeout: 300_000 }, () => {
  it("refuses ranks that were started differently, by name, and says what ranks are for", async () => {
    const argumentsOf = (out: string) => ["train", "mini-cnn", "--data", small, "--device", "cpu", "--out", out];
    const each = (seed: string) => [
      ...["-n", "1", process.execPath, command],
      ...[...argumentsOf(join(folder, "differ")), "--seed", seed],
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

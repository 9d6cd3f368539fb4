// Ranks that train on TFRecord shards: each reads its own part, and all compute what they would with whole batches.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { encodeJpeg } from "@tessera/data";
import { randomBits } from "@tessera/tensor";
import { bytesFeature, encodeExample, encodeRecord, int64Feature } from "@tessera/tfrecord";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installedFamilies, start } from "./ranks/jobs.ts";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-rank-records-"));
const path = (...names: string[]) => join(folder, ...names);
const [family] = installedFamilies("training on shards");
const classes = ["a", "b", "c", "d", "e"];

/** Records of 36 × 36 pixels, brighter from class to class, over noise. */
async function writeShard(name: string, count: number, stream: number): Promise<void> {
  const frames: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const noise = randomBits({ seed: i, stream }, 36 * 36 * 3);
    const pixels = Uint8Array.from(noise, (bits) => (bits >>> 26) + (i % 5) * 40);
    const image = await encodeJpeg({ pixels, height: 36, width: 36 }, 90);
    frames.push(encodeRecord(encodeExample({ image_raw: bytesFeature(image), label: int64Feature([i % 5]) })));
  }
  writeFileSync(path("records", name), Buffer.concat(frames));
}

beforeAll(async () => {
  mkdirSync(path("records"));
  writeFileSync(path("labels.json"), JSON.stringify(Object.fromEntries(classes.map((name, i) => [name, i]))));
  // 49 records: batches of 16, 16, 16 and 1, which is fewer than there are ranks.
  for (const [shard, count] of [20, 0, 29].entries()) await writeShard(`train-${shard}.tfrecord`, count, shard);
  await writeShard("val-0.tfrecord", 13, 9);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!family)("ranks that train on shards", { timeout: 300_000 }, () => {
  it("read their own parts, and hold the bits of ranks that are given whole batches", async () => {
    const train = async (name: string, ranks: number, records: "shared" | "whole") => {
      const [data, labelMap, out] = [path("records/train-*"), path("labels.json"), path(name)];
      const job = { data, labelMap, records, out, batchSize: 16, epochs: 2, width: 0.25, validation: true };
      const args = [join(root, "tests/ranks/train.mjs"), JSON.stringify(job)];
      const { code, out: said, err } = await start({ ranks, family }, args).ended;
      expect({ code, err }, said).toEqual({ code: 0, err: "" });
      return Array.from({ length: ranks }, (_, rank) => JSON.parse(readFileSync(`${out}.${rank}`, "utf8")));
    };
    const shared = await train("shared", 3, "shared");
    const whole = await train("whole", 3, "whole");
    expect(whole.map(({ decoded }) => decoded)).toEqual([98, 98, 98]);
    // ⌊16 r / 3⌋: 5, 5 and 6 of 16; the last image is the last rank's.
    expect(shared.map(({ decoded }) => decoded)).toEqual([30, 30, 38]);
    for (const [rank, { losses, digest, last }] of shared.entries()) {
      expect({ losses, digest, last }).toEqual({
        losses: whole[rank].losses,
        digest: whole[0].digest,
        // How often and how long they waited is each one's own.
        last: { ...whole[rank].last, input_seconds: last.input_seconds, device_seconds: last.device_seconds },
      });
    }
    expect(shared[0].losses).toHaveLength(8);
  });

  it("train by one command as one process does, and measure together", async () => {
    const recipe = {
      ...{
        model: { name: "cnn", width: 0.25, dropout: [0, 0, 0, 0] },
        epochs: 2,
        batchSize: 20,
        seed: 3,
        augment: { flip: 0.5 },
      },
      optimizer: { name: "sgd", learningRate: 1e-5 },
      data: { path: path("records/train-*"), validation: path("records/val-*"), labelMap: path("labels.json") },
    };
    writeFileSync(path("recipe.json"), JSON.stringify(recipe));
    const train = async (ranks: number) => {
      const run = path(`run-${ranks}`);
      const args = ["train", "--recipe", path("recipe.json"), "--device", "cpu", "--out", run];
      const { code, out, err } = await start({ ranks, family }, [command, ...args]).ended;
      expect({ code, err }, out).toMatchObject({ code: 0 });
      expect(out.match(/^test set, /gm)).toHaveLength(1);
      const history: Record<string, number>[] = readFileSync(join(run, "history.jsonl"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      return { history, test: JSON.parse(readFileSync(join(run, "test.json"), "utf8")) };
    };
    const [one, two] = [await train(0), await train(2)];
    expect(two.history).toHaveLength(2);
    // Batches of 20, 20 and 9, and steps so short that rounding does not grow from one to the next.
    for (const [epoch, each] of one.history.entries()) {
      for (const name of ["loss", "val_loss"]) expect(two.history[epoch]![name]).toBeCloseTo(each[name]!, 3);
      expect(two.history[epoch]!.accuracy).toBeCloseTo(each.accuracy!, 6);
    }
    expect(two.test).toMatchObject({
      images: 13,
      weights: one.test.weights,
      accuracy: expect.closeTo(one.test.accuracy, 6),
    });
    expect(two.test.loss).toBeCloseTo(one.test.loss, 3);
  });
});

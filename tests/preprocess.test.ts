// From class folders to records, as a person at a terminal and an unkind machine do it: the built command in processes
// of its own, which are killed, interrupted, and given bad files and a full disk.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folderContents } from "../packages/data/fixtures/folder-contents.ts";
import { pattern, writeImageFolder } from "../packages/data/fixtures/image-folder.ts";
import { type Ended, endOf } from "./ended.ts";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-preprocess-"));
const full = process.env.TESSERA_FULL === "1";
if (!full)
  console.warn("SHORTENED: kills of preprocess, bad files among good ones: set TESSERA_FULL=1 for all of them");

const hasPs = spawnSync("ps", ["-e"]).status === 0;
if (!hasPs) console.warn("SKIPPED: workers of a parent that was killed: there is no ps");

/** Starts the command in a process group of its own. */
function start(args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [command, ...args], { cwd: folder, detached: true });
  return { child, ended: endOf(child) };
}

const tessera = (...args: string[]) => start(args).ended;

/** Kills the command and its workers alike, as a machine that goes down does; false if it had ended. */
function killGroup({ pid }: ChildProcess): boolean {
  try {
    return process.kill(-pid!, "SIGKILL");
  } catch {
    return false;
  }
}

function writeConfig(name: string, changes: object = {}): string {
  const config = {
    ...{ label_map: "labels.json", image_folder: "images/", record_path: `${name}/`, image_type: "JPEG" },
    ...{ split_number: 25, crop_size: 64, image_quality: 90, tf_record_compression: "GZIP", batch: ["val", "train"] },
    ...{ workers: 2, ...changes },
  };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(config));
  return `${name}.json`;
}

beforeAll(async () => {
  if (!existsSync(join(root, "packages/cli/dist/main.js"))) throw new Error("the command is not built: npm run build");
  await writeImageFolder(join(folder, "images"), { val: 40, train: 260 });
  expect(await tessera("label-map", "images/train", "--out", "labels.json")).toMatchObject({
    code: 0,
    out: "3 classes in labels.json\n",
  });
  expect(await tessera("preprocess", "-c", writeConfig("undisturbed"))).toMatchObject({ code: 0 });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the way from folders to records", () => {
  it("prints what it does, and leaves records that mean-rgb reads", async () => {
    const { code, out, err } = await tessera("preprocess", "-c", writeConfig("first"));
    expect(code).toBe(0);
    expect(err).toMatch(
      /^creating val records\n(Processing Images - \[[01]\] \[#{24}\] \[100%\] \[(25\/25|15\/15)\]\n){2}/,
    );
    expect(err).toMatch(/\ncreating train records\nProcessing Images - \[\d\] \[#{24}\] \[100%\] \[25\/25\]\n/);
    expect(out).toMatch(/^300 records in 13 shards, \d+\.\d MB of \d+\.\d MB\n$/);
    expect(folderContents(join(folder, "first"))).toEqual(folderContents(join(folder, "undisturbed")));
    expect((await tessera("preprocess", "-c", "first.json")).out).toMatch(
      /^300 records in 13 shards \(13 were there\)/,
    );

    const both = [
      "mean-rgb",
      "-i",
      "images/train/*/*.JPEG",
      "--tfrecord",
      "first/train/*.tfrecord",
      "-o",
      "out/rgb.json",
    ];
    const mean = await tessera(...both);
    expect(mean.code).toBe(0);
    expect(mean.err).toMatch(/^Calculating Mean - \[[01]\] \[#{24}\] \[100%\] \[130\/130\]$/m);
    const written = JSON.parse(readFileSync(join(folder, "out/rgb.json"), "utf8"));
    expect(written).toMatchObject({
      R: written.records.R,
      images: 260,
      originals: { images: 260 },
      records: { images: 260 },
    });
    expect(written.originals.R).not.toBe(written.records.R);
  });

  it("as many shares, in the environment of a Kubernetes Indexed Job, and a merge", async () => {
    const config = writeConfig("shares");
    for (const index of ["1", "0"]) {
      if (index === "0") {
        const early = await tessera("preprocess", "merge", "-c", config);
        expect(early.code).toBe(1);
        expect(early.err).toMatch(/^tessera: 7 of 13 shards are not done: .*\n {2}hint: run the processes/);
      }
      process.env.JOB_COMPLETION_INDEX = index;
      const { code, out } = await tessera("preprocess", "-c", config, "--shard-count", "2");
      delete process.env.JOB_COMPLETION_INDEX;
      expect(code).toBe(0);
      expect(out).toContain(`share ${index} of 2, by JOB_COMPLETION_INDEX`);
    }
    expect((await tessera("preprocess", "merge", "-c", config)).out).toContain("train: 260 records in 11 shards");
    expect(folderContents(join(folder, "shares"))).toEqual(folderContents(join(folder, "undisturbed")));
    const shard = join(folder, "shares/val/val-1.tfrecord");
    const bytes = readFileSync(shard);
    bytes[20]! ^= 1;
    writeFileSync(shard, bytes);
    expect((await tessera("preprocess", "merge", "-c", config)).err).toMatch(
      /val-1\.tfrecord: expected sha256 \w+, got \w+/,
    );
  });

  it("shared out in deploy/kubernetes, which names one count throughout", () => {
    const manifest = readFileSync(join(root, "deploy/kubernetes/preprocess.yaml"), "utf8");
    const counts = [/completions: (\d+)/, /parallelism: (\d+)/, /--shard-count, "(\d+)"/].map(
      (each) => each.exec(manifest)?.[1],
    );
    expect(counts).toEqual(["8", "8", "8"]);
  });

  it("tells bad usage from failure", async () => {
    expect(await tessera("preprocess")).toMatchObject({
      code: 2,
      err: expect.stringContaining("'-c, --config <file>' not specified"),
    });
    expect(await tessera("preprocess", "-c", "no.json")).toMatchObject({
      code: 1,
      err: "tessera: no.json: cannot be read (ENOENT): expected a JSON config\n",
    });
    const otherCodec = await tessera("preprocess", "-c", "undisturbed.json", "--codec", "js");
    expect(otherCodec.code).toBe(1);
    expect(otherCodec.err).toMatch(
      /^tessera: undisturbed\/run\.json: the records there are of another config: codec was /,
    );
    expect(await tessera("mean-rgb", "-o", "x.json")).toMatchObject({ code: 2 });
    expect(await tessera("mean-rgb", "-i", "none/*.JPEG", "-o", "x.json")).toMatchObject({ code: 1 });
    expect(existsSync(join(folder, "x.json"))).toBe(false);
  });

  it.each([
    ["--shard-count 3", "a shard count needs a shard index"],
    ["--shard-index 1", "--shard-index says 1, but not of how many"],
    ["--shard-index 3 --shard-count 3", "there are only 3 shares (0 to 2)"],
    ["--shard-index 0 --shard-count 3 --no-resume", "option '--no-resume' cannot be used by one of many processes"],
    ["report --quality 500", "expected a whole number from 1 to 100"],
  ])("preprocess -c … %s is bad usage", async (options, message) => {
    const [first, ...rest] = options.split(" ");
    const args =
      first === "report" ? [first, "-c", "undisturbed.json", ...rest] : ["-c", "undisturbed.json", first!, ...rest];
    const { code, err } = await tessera("preprocess", ...args);
    expect(err).toContain(message);
    expect(code).toBe(2);
    expect(existsSync(join(folder, "undisturbed/manifest.json"))).toBe(true);
  });

  it.each(["merge", "report"])("preprocess %s without a config is bad usage", async (name) => {
    const { code, err } = await tessera("preprocess", name);
    expect(err).toContain("'-c, --config <file>' not specified");
    expect(code).toBe(2);
  });

  it("report compares sizes", async () => {
    const { code, out } = await tessera("preprocess", "report", "-c", "undisturbed.json", "--sample", "20");
    expect(code).toBe(0);
    expect(out).toMatch(/^20 images, 64×64\n.*\nsource .* 100\.0 %\nQ70 .* dB\nQ90 .* dB\n$/);
  });
});

describe("a run that is stopped", () => {
  it(`by kill -9 of everything, ${full ? 20 : 3} times, goes on to the same bytes`, { timeout: 600_000 }, async () => {
    const wanted = full ? 20 : 3;
    let [kills, seed] = [0, 12345];
    const random = () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return seed / 2 ** 32;
    };
    const expected = folderContents(join(folder, "undisturbed"));
    // Moments are drawn over as long as a whole run takes here.
    const begin = performance.now();
    await tessera("preprocess", "-c", writeConfig("timed"));
    const duration = performance.now() - begin;
    const path = join(folder, "killed");
    const config = writeConfig("killed");
    let partsSeen = 0;
    while (kills < wanted) {
      const { child, ended } = start(["preprocess", "-c", config]);
      await sleep(random() * duration);
      const killed = killGroup(child);
      const { code } = await ended;
      if (killed && code === null) {
        kills++;
        partsSeen += [...(existsSync(path) ? folderContents(path).keys() : [])].filter((name) =>
          name.endsWith(".tmp"),
        ).length;
      } else {
        expect(folderContents(path)).toEqual(expected);
        rmSync(path, { recursive: true });
      }
    }
    expect((await tessera("preprocess", "-c", config)).code).toBe(0);
    expect(folderContents(path)).toEqual(expected);
    if (full) expect(partsSeen).toBeGreaterThan(0);
  });

  it.skipIf(!hasPs)("by kill -9 of the parent alone leaves no worker behind", async () => {
    const { child } = start(["preprocess", "-c", writeConfig("orphans")]);
    while (processesOf(child.pid!) < 2 && child.exitCode === null) await sleep(10);
    child.kill("SIGKILL");
    for (let i = 0; i < 300 && processesOf(child.pid!) > 0; i++) await sleep(50);
    expect(processesOf(child.pid!)).toBe(0);
  });

  it("by Ctrl-C says so, leaves no part, and goes on", async () => {
    const config = writeConfig("interrupted");
    const { child, ended } = start(["preprocess", "-c", config]);
    child.stderr!.once("data", () => process.kill(-child.pid!, "SIGINT"));
    const { code, out } = await ended;
    expect(code).toBe(130);
    expect(out).toContain("stopped; finished shards are kept: the same command goes on from there");
    expect([...folderContents(join(folder, "interrupted")).keys()].filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect((await tessera("preprocess", "-c", config)).code).toBe(0);
    expect(folderContents(join(folder, "interrupted"))).toEqual(folderContents(join(folder, "undisturbed")));
  });
});

/** Processes of a group, without those that have ended and wait to be noticed. */
function processesOf(group: number): number {
  const table = execFileSync("ps", ["-eo", "pgid=,stat="], { encoding: "utf8" });
  return table.split("\n").filter((line) => Number(line.trim().split(/\s+/)[0]) === group && !/\sZ/.test(line)).length;
}

it(`50 bad files among ${full ? 1000 : 100} good ones are named, and the good ones are there`, {
  timeout: 600_000,
}, async () => {
  const good = full ? 1000 : 100;
  await writeImageFolder(join(folder, "mixed"), { val: good });
  const small = readFileSync(join(folder, "mixed/val/pug/1.JPEG"));
  const frame = small.indexOf(Buffer.of(0xff, 0xc0));
  const kinds: readonly (() => Buffer)[] = [
    () => Buffer.alloc(0),
    () => Buffer.from("x"),
    () => Buffer.from("GIF89a, or so it says"),
    () => Buffer.from(small).fill(0xff, frame + 5, frame + 9), // 65535×65535
    () => small.subarray(0, frame + 4),
    () => Buffer.concat([Buffer.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), Buffer.alloc(40, 7)]),
    () => Buffer.from(small).fill(0, frame + 5, frame + 9), // 0×0
    () => Buffer.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3),
    () => Buffer.alloc(3_000_000, 0xff),
    () => Buffer.from('{"version": 3}'),
  ];
  const names = Array.from({ length: 50 }, (_, i) => `pug/bad${i}.JPEG`);
  for (const [i, name] of names.entries()) writeFileSync(join(folder, "mixed/val", name), kinds[i % kinds.length]!());
  // One pixel, and one that is long and thin, are images like others.
  const { encodeJpeg } = await import("@tessera/data");
  writeFileSync(join(folder, "mixed/val/pug/tiny.JPEG"), await encodeJpeg(pattern(1, 1, 0)));
  writeFileSync(join(folder, "mixed/val/pug/long.JPEG"), await encodeJpeg(pattern(2, 30000, 0)));
  const config = writeConfig("mixed-records", { image_folder: "mixed", batch: ["val"], split_number: 500 });
  const { code, out, err } = await tessera("preprocess", "-c", config);
  expect(code).toBe(0);
  expect(out).toContain(`${good + 2} records in ${Math.ceil((good + 52) / 500)} shards`);
  expect(out).toContain("50 images could not be used");
  for (const name of names) expect(err).toMatch(new RegExp(`^Error processing mixed/val/${name}: \\S.+$`, "m"));
});

it("a full disk stops a run with a clear line, and it goes on when there is room", async ({ skip }) => {
  const disk = join(folder, "disk");
  mkdirSync(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], { stdio: "ignore" });
  } catch {
    console.warn("SKIPPED: a full disk: this user may mount none (shard-file.test.ts has a disk that only says so)");
    skip();
  }
  try {
    const config = writeConfig("disk", { record_path: "disk/records" });
    const { code, err } = await tessera("preprocess", "-c", config);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^tessera: disk\/records\/\w+\/\S+: no space left on this disk after \d+ bytes of it\n {2}hint: make room; finished shards are kept/m,
    );
    expect([...folderContents(disk).keys()].filter((name) => name.endsWith(".tmp"))).toEqual([]);
    execFileSync("mount", ["-o", "remount,size=8m", disk]);
    expect((await tessera("preprocess", "-c", config)).code).toBe(0);
    expect(folderContents(join(disk, "records"))).toEqual(folderContents(join(folder, "undisturbed")));
  } finally {
    execFileSync("umount", [disk]);
  }
});

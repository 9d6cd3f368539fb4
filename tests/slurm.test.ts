// deploy/slurm on a real Slurm, whose daemons run as plain processes of this user: an array of four tasks, one of which
// is killed and comes back, and the merge as a job that depends on it.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folderContents } from "../packages/data/fixtures/folder-contents.ts";
import { writeImageFolder } from "../packages/data/fixtures/image-folder.ts";
import { SlurmCluster, whyNoSlurm } from "./slurm/cluster.ts";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const missing = whyNoSlurm();
if (missing) console.warn(`SKIPPED: preprocessing by Slurm: ${missing}`);

describe.skipIf(missing)("Slurm", () => {
  const folder = mkdtempSync(join(tmpdir(), "tessera-slurm-"));
  const cluster = new SlurmCluster(join(folder, "slurm"));

  beforeAll(async () => {
    await writeImageFolder(join(folder, "images"), { train: 400 });
    writeFileSync(join(folder, "labels.json"), '{"crane": 0, "pug": 1, "Persian_cat": 2}');
    await cluster.start();
  });

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function writeConfig(name: string): string {
    const config = { label_map: join(folder, "labels.json"), image_folder: join(folder, "images"), batch: ["train"] };
    const path = join(folder, `${name}.json`);
    writeFileSync(
      path,
      JSON.stringify({ ...config, record_path: join(folder, name), split_number: 25, crop_size: 128 }),
    );
    return path;
  }

  /** Kills what a task runs, as soon as one of its shards is half written. */
  async function killTask(task: number, name: string): Promise<void> {
    for (let i = 0; i < 12_000; i++) {
      const parts = readdirSync(join(folder, name, "train")).filter((file) => file.endsWith(".tmp"));
      const own = parts.some((file) => Number(/-(\d+)\.tfrecord\./.exec(file)?.[1]) % 4 === task);
      if (own && killProcesses(`SLURM_ARRAY_TASK_ID=${task}`) > 0) return;
      await sleep(5);
    }
    throw new Error(`task ${task} was never seen writing a shard`);
  }

  /** Kills processes of the command by what is in their environment. */
  function killProcesses(variable: string): number {
    let count = 0;
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const [environment, line] = ["environ", "cmdline"].map((file) =>
          readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0"),
        );
        const ours =
          environment!.includes(variable) && environment!.includes(`SLURM_CONF=${cluster.environment.SLURM_CONF}`);
        if (!ours || !line!.includes(command)) continue;
        process.kill(Number(pid), "SIGKILL");
        count++;
      } catch {
        // It has ended, or is not ours to look at.
      }
    }
    return count;
  }

  it("four tasks, one of them killed and requeued, and a merge make the bytes of one process", {
    timeout: 300_000,
  }, async () => {
    const alone = spawnSync(process.execPath, [command, "preprocess", "-c", writeConfig("alone")], {
      encoding: "utf8",
    });
    expect(alone).toMatchObject({ status: 0 });
    cluster.environment.TESSERA = `${process.execPath} ${command}`;
    const config = writeConfig("array");
    // The folder is there before the tasks, so that it can be watched.
    mkdirSync(join(folder, "array/train"), { recursive: true });
    const script = (name: string) => join(root, "deploy/slurm", name);
    const array = cluster.submit("--array=0-3", "--cpus-per-task=1", script("preprocess.sh"), config);
    const merge = cluster.submit(`--dependency=afterok:${array}`, script("merge.sh"), config);
    await killTask(2, "array");
    expect(await cluster.ended(merge, () => cluster.startNow(`${array}_2`))).toBe("COMPLETED");
    expect(cluster.field(`${array}_2`, "Restarts")).toBe("1");
    for (const task of [0, 1, 2, 3]) expect(cluster.field(`${array}_${task}`, "JobState")).toBe("COMPLETED");
    expect(folderContents(join(folder, "array"))).toEqual(folderContents(join(folder, "alone")));
    const log = readFileSync(join(folder, "slurm", `preprocess-${array}-2.log`), "utf8");
    expect(log.match(/share 2 of 4, by SLURM_ARRAY_TASK_ID/g)).toHaveLength(2);
  });
});

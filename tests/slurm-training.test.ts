// deploy/slurm/train.sh on a real Slurm, whose daemons run as plain processes of this user: a job of two tasks trains, one
// of them is killed, the job is requeued, goes on from its checkpoint, and ends.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installedFamilies } from "./ranks/jobs.ts";
import { SlurmCluster, whyNoSlurm } from "./slurm/cluster.ts";
import { smallCifar } from "./small-cifar.ts";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const full = process.env.TESSERA_FULL === "1";
const missing = whyNoSlurm() ?? (full ? undefined : "it takes a minute: TESSERA_FULL=1 runs it");
if (missing) console.warn(`SKIPPED: training by Slurm: ${missing}`);
const hasMpich = installedFamilies("training by Slurm").includes("mpich");

describe.skipIf(missing || !hasMpich)("Slurm", () => {
  const folder = mkdtempSync(join(tmpdir(), "tessera-slurm-train-"));
  const cluster = new SlurmCluster(join(folder, "slurm"));
  const run = join(folder, "run");

  beforeAll(async () => {
    mkdirSync(join(folder, "slurm"), { recursive: true });
    writeFileSync(join(folder, "cifar-100-python.tar.gz"), await smallCifar({ train: 960, test: 100 }));
    await cluster.start();
  });

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Kills the task of this number, once there is a checkpoint to go on from. */
  async function killTask(task: string): Promise<void> {
    for (let i = 0; i < 6000; i++, await sleep(20)) {
      if (!existsSync(join(run, "checkpoint.safetensors"))) continue;
      for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
          const [environment, line] = ["environ", "cmdline"].map((file) =>
            readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0"),
          );
          if (!environment!.includes(`SLURM_PROCID=${task}`) || !line!.includes(command) || !line!.includes(run))
            continue;
          if (line![0]!.includes("srun")) continue;
          process.kill(Number(pid), "SIGKILL");
          return;
        } catch {
          // It has ended, or is not ours to look at.
        }
      }
    }
    throw new Error(`task ${task} was never seen training beside a checkpoint`);
  }

  it("a job of two tasks, one of them killed, is requeued, goes on and ends", { timeout: 300_000 }, async () => {
    cluster.environment.TESSERA = `${process.execPath} ${command}`;
    const data = ["--data", join(folder, "cifar-100-python.tar.gz"), "--device", "cpu", "--epochs", "6"];
    const often = ["--checkpoint-every", "10", "--batch-size", "16"];
    const job = cluster.submit(
      ...["--ntasks=2", "--cpus-per-task=1", join(root, "deploy/slurm/train.sh"), run, "mini-cnn", ...data, ...often],
    );
    await killTask("1");
    const state = await cluster.ended(job, () => cluster.startNow(job));
    const log = readFileSync(join(folder, "slurm", `train-${job}.log`), "utf8");
    expect(state, log).toBe("COMPLETED");
    expect(cluster.field(job, "Restarts")).toBe("1");
    expect(log).toMatch(/goes on from epoch \d, batch \d+/);
    const history = readFileSync(join(run, "history.jsonl"), "utf8").trim().split("\n");
    expect(history.map((line) => JSON.parse(line).epoch)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

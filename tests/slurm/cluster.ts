/** @file A Slurm of one node as plain processes of this user, on high ports, with everything in one folder. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Debian puts daemons where a user's PATH does not look. */
function find(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((at) => join(at, name)).find((path) => existsSync(path));
}

/** Why there can be no cluster here; undefined where there can. */
export function whyNoSlurm(): string | undefined {
  const needed = ["munged", "slurmctld", "slurmd", "sbatch", "scontrol", "squeue", "sinfo"];
  const missing = needed.filter((name) => !find(name));
  return missing.length > 0 ? `no ${missing.join(", ")}: Debian's packages slurm-wlm and munge have them` : undefined;
}

/** A running cluster. */
export class SlurmCluster {
  readonly #folder: string;
  readonly #daemons: ChildProcess[] = [];
  readonly environment: NodeJS.ProcessEnv;

  constructor(folder: string) {
    this.#folder = folder;
    this.environment = { ...process.env, SLURM_CONF: join(folder, "slurm.conf") };
  }

  /** @throws Error with the daemons' last lines where the node does not come up */
  async start(): Promise<void> {
    for (const name of ["run", "state", "spool"]) mkdirSync(join(this.#folder, name), { recursive: true });
    writeFileSync(join(this.#folder, "munge.key"), randomBytes(1024), { mode: 0o400 });
    writeFileSync(join(this.#folder, "slurm.conf"), this.#config());
    const run = (name: string) => join(this.#folder, "run", name);
    const munge = [
      "--foreground",
      "--force",
      `--socket=${run("munge")}`,
      `--key-file=${join(this.#folder, "munge.key")}`,
    ];
    this.#spawn("munged", [
      ...munge,
      `--pid-file=${run("munged.pid")}`,
      `--seed-file=${run("seed")}`,
      `--log-file=${run("munged.log")}`,
    ]);
    await until(
      "munged listens",
      () => existsSync(run("munge")),
      () => this.#logs(),
    );
    this.#spawn("slurmctld", ["-D", "-c"]);
    this.#spawn("slurmd", ["-D"]);
    const isIdle = () => this.#query("sinfo", "-h", "-o", "%T") === "idle";
    await until("the node is idle", isIdle, () => this.#logs());
  }

  /** Submits a job and gives its number. */
  submit(...args: string[]): string {
    return execFileSync("sbatch", ["--parsable", ...args], {
      env: this.environment,
      cwd: this.#folder,
      encoding: "utf8",
    }).trim();
  }

  /** What `scontrol show job` says of a field, as JobState; undefined where it says nothing. */
  field(job: string, name: string): string | undefined {
    return new RegExp(`\\b${name}=(\\S+)`).exec(this.#query("scontrol", "show", "job", job))?.[1];
  }

  /** A requeued job waits for two minutes; this lets it start. */
  startNow(job: string): void {
    spawnSync("scontrol", ["update", `JobId=${job}`, "StartTime=now"], { env: this.environment });
  }

  /** Waits until a job has ended well or ill. */
  async ended(job: string, meanwhile: () => void = () => undefined): Promise<string> {
    const done = /^(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY)/;
    await until(
      `job ${job} ends`,
      () => {
        meanwhile();
        return done.test(this.field(job, "JobState") ?? "");
      },
      () => `${this.#query("squeue")}\n${this.#logs()}`,
    );
    return this.field(job, "JobState")!;
  }

  async stop(): Promise<void> {
    for (const child of this.#daemons.reverse()) {
      if (child.exitCode !== null) continue;
      const closed = new Promise((done) => child.once("close", done));
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await closed;
      clearTimeout(late);
    }
  }

  #spawn(name: string, args: readonly string[]): void {
    this.#daemons.push(spawn(find(name)!, args, { env: this.environment, stdio: "ignore" }));
  }

  #query(program: string, ...args: string[]): string {
    return spawnSync(program, args, { env: this.environment, encoding: "utf8" }).stdout.trim();
  }

  #logs(): string {
    const tail = (name: string) => {
      const path = join(this.#folder, name);
      return existsSync(path) ? `${name}:\n${readFileSync(path, "utf8").split("\n").slice(-8).join("\n")}` : "";
    };
    return ["run/munged.log", "slurmctld.log", "slurmd.log"].map(tail).join("\n");
  }

  #config(): string {
    const user = execFileSync("id", ["-un"], { encoding: "utf8" }).trim();
    const node = hostname().split(".")[0]!;
    const port = 40_000 + (process.pid % 10_000) * 2;
    const at = (name: string) => join(this.#folder, name);
    return [
      ...["ClusterName=tessera", `SlurmctldHost=${node}(127.0.0.1)`, `SlurmUser=${user}`, `SlurmdUser=${user}`],
      ...["AuthType=auth/munge", `AuthInfo=socket=${at("run/munge")}`, "CredType=cred/munge"],
      ...[`SlurmctldPort=${port}`, `SlurmdPort=${port + 1}`, `StateSaveLocation=${at("state")}`],
      ...[`SlurmdSpoolDir=${at("spool")}`, `SlurmctldPidFile=${at("run/slurmctld.pid")}`],
      ...[`SlurmdPidFile=${at("run/slurmd.pid")}`, `SlurmctldLogFile=${at("slurmctld.log")}`],
      ...[`SlurmdLogFile=${at("slurmd.log")}`, "ProctrackType=proctrack/linuxproc", "TaskPlugin=task/none"],
      ...["SelectType=select/cons_tres", "SelectTypeParameters=CR_CPU", "SwitchType=switch/none", "MpiDefault=none"],
      ...["MailProg=/bin/true", "ReturnToService=2", "JobRequeue=1", "KillWait=5", "MinJobAge=600"],
      ...["SchedulerType=sched/backfill", "SchedulerParameters=sched_interval=2,bf_interval=2"],
      ...[
        `NodeName=${node} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN`,
        "PartitionName=test Nodes=ALL Default=YES State=UP",
      ],
      "",
    ].join("\n");
  }
}

/** Looks again and again, for two minutes. */
async function until(what: string, isSo: () => boolean, describe: () => string): Promise<void> {
  const end = Date.now() + 120_000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`waited for two minutes until ${what}\n${describe()}`);
    await sleep(200);
  }
}

/** @file Jobs of several processes under this machine's mpiexec. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { findLauncher } from "../../packages/distributed/fixtures/launchers.ts";
import { type Ended, endOf } from "../ended.ts";

const launchers = { mpich: findLauncher("mpich"), "open-mpi": findLauncher("open-mpi") };

/** The families of MPI that are installed, after a warning for each that is not. */
export function installedFamilies(what: string): ("mpich" | "open-mpi")[] {
  const families = ["mpich", "open-mpi"] as const;
  for (const family of families) {
    if (!launchers[family]) console.warn(`SKIPPED: ${what} under ${family}: its mpiexec is not installed`);
  }
  return families.filter((family) => launchers[family]);
}

/** How a job is started. */
export interface JobOptions {
  /** 0: alone. */
  readonly ranks: number;
  readonly family?: "mpich" | "open-mpi" | undefined;
  readonly cwd?: string;
  /** What {@link processesOf} finds all of its processes by. */
  readonly mark?: string;
}

/** Starts node on `args`: alone for 0 ranks, else under an mpiexec. */
export function start(
  { ranks, family = "mpich", cwd, mark = "" }: JobOptions,
  args: readonly string[],
): { child: ChildProcess; ended: Promise<Ended> } {
  const launcher = launchers[family];
  const [command, ...first] =
    ranks === 0 ? [process.execPath] : [launcher!.command, ...launcher!.args, "-n", String(ranks), process.execPath];
  // What the tests themselves run under must not reach the ranks.
  const child = spawn(command!, [...first, ...args], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: "", TESSERA_MPI: "", TESSERA_TEST_JOB: mark },
  });
  return { child, ended: endOf(child) };
}

/** The processes of a job, launchers and processes of the ranks' own included, with their command lines. */
export function processesOf(mark: string): { readonly pid: number; readonly line: readonly string[] }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [environment, line] = ["environ", "cmdline"].map((file) =>
          readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0"),
        );
        return environment!.includes(`TESSERA_TEST_JOB=${mark}`) ? [{ pid: Number(pid), line: line! }] : [];
      } catch {
        return []; // It has ended, or is not ours to look at.
      }
    });
}

/** @file Jobs of several processes under this machine's mpiexec. */
import { type ChildProcess, spawn } from "node:child_process";
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

/** Starts node on `args`: alone for 0 ranks, else under an mpiexec. */
export function start(
  { ranks, family = "mpich", cwd }: { ranks: number; family?: "mpich" | "open-mpi"; cwd?: string },
  args: readonly string[],
): { child: ChildProcess; ended: Promise<Ended> } {
  const launcher = launchers[family];
  const [command, ...first] =
    ranks === 0 ? [process.execPath] : [launcher!.command, ...launcher!.args, "-n", String(ranks), process.execPath];
  // What the tests themselves run under must not reach the ranks.
  const child = spawn(command!, [...first, ...args], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: "", TESSERA_MPI: "" },
  });
  return { child, ended: endOf(child) };
}

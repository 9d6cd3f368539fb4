/** @file Which process of a job this is, as its launcher says in the environment. */
import { DistributedError } from "./errors.ts";

/** Who started this process: Open MPI's or MPICH's mpiexec (Intel MPI's is MPICH's), Slurm's srun, or none of them. */
export type Launcher = "open-mpi" | "mpich" | "slurm" | "none";

/** A process's place in its job. */
export interface LaunchInfo {
  readonly launcher: Launcher;
  /** 0 … size − 1, over all machines. */
  readonly rank: number;
  readonly size: number;
  /** 0 … localSize − 1, on this machine. */
  readonly localRank: number;
  readonly localSize: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the launcher's variables: `OMPI_COMM_WORLD_*` of Open MPI, `PMI_*` and `MPI_LOCAL*` of MPICH's Hydra, `SLURM_*`
 * of `srun`. Where there are several, as under an mpiexec inside of a Slurm job, the nearest to the process wins. The
 * script of a batch job, which `srun` did not start, is one process.
 *
 * @throws DistributedError naming a variable that holds no such number
 */
export function launchInfo(environment: Environment = process.env): LaunchInfo {
  const at = (name: string, least: number) => integer(environment, name, least);
  if (environment.OMPI_COMM_WORLD_SIZE !== undefined) {
    return checked("open-mpi", {
      ...{ rank: at("OMPI_COMM_WORLD_RANK", 0), size: at("OMPI_COMM_WORLD_SIZE", 1) },
      ...{ localRank: at("OMPI_COMM_WORLD_LOCAL_RANK", 0), localSize: at("OMPI_COMM_WORLD_LOCAL_SIZE", 1) },
    });
  }
  if (environment.PMI_SIZE !== undefined && environment.MPI_LOCALNRANKS !== undefined) {
    return checked("mpich", {
      ...{ rank: at("PMI_RANK", 0), size: at("PMI_SIZE", 1) },
      ...{ localRank: at("MPI_LOCALRANKID", 0), localSize: at("MPI_LOCALNRANKS", 1) },
    });
  }
  if (environment.SLURM_STEP_NUM_TASKS !== undefined) {
    return checked("slurm", {
      ...{ rank: at("SLURM_PROCID", 0), size: at("SLURM_STEP_NUM_TASKS", 1) },
      ...{ localRank: at("SLURM_LOCALID", 0), localSize: tasksHere(environment) },
    });
  }
  return { launcher: "none", rank: 0, size: 1, localRank: 0, localSize: 1 };
}

function checked(launcher: Launcher, place: Omit<LaunchInfo, "launcher">): LaunchInfo {
  const { rank, size, localRank, localSize } = place;
  if (rank >= size || localRank >= localSize || localSize > size) {
    throw new DistributedError(
      `launch: ${launcher} says rank ${rank} of ${size}, here ${localRank} of ${localSize}, which cannot be`,
    );
  }
  return { launcher, ...place };
}

function integer(environment: Environment, name: string, least: number): number {
  const text = environment[name];
  if (text === undefined) throw new DistributedError(`launch: ${name} is missing from the environment`);
  return wholeNumber(name, text, text, least);
}

function wholeNumber(name: string, text: string, part: string, least: number): number {
  const value = Number(part);
  if (/^\d+$/.test(part) && Number.isSafeInteger(value) && value >= least) return value;
  throw new DistributedError(
    `launch: ${name} must hold whole numbers of at least ${least}, got ${JSON.stringify(text)}`,
  );
}

/** Slurm counts tasks machine by machine: `2(x3),1` is 2, 2, 2, 1; `SLURM_NODEID` says which is this. */
function tasksHere(environment: Environment): number {
  const name = "SLURM_STEP_TASKS_PER_NODE";
  const text = environment[name] ?? "";
  const node = integer(environment, "SLURM_NODEID", 0);
  let before = 0;
  for (const part of text.split(",")) {
    const [, tasks = "", times = "1"] = /^(\d+)(?:\(x(\d+)\))?$/.exec(part) ?? [];
    const count = wholeNumber(name, text, tasks, 1);
    before += wholeNumber(name, text, times, 1);
    if (node < before) return count;
  }
  const counted = `${before} machines in ${JSON.stringify(text)}`;
  throw new DistributedError(`launch: ${name} counts ${counted}, this is number ${node}, counted from 0`);
}

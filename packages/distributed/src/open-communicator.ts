import type { Communicator } from "./communicator.ts";
import { ArgumentError } from "./errors.ts";
import { type LaunchInfo, launchInfo } from "./launch-info.ts";
import type { Family } from "./mpi/abi.ts";
import { MpiCommunicator } from "./mpi/mpi-communicator.ts";
import { singleProcess } from "./single-process.ts";

/** Options of {@link openCommunicator}. */
export interface OpenOptions {
  /** The MPI library to load. Default: `TESSERA_MPI` of the environment, else the launcher's, where the system has it. */
  readonly library?: string;
  /** Seconds that a rank waits in a call for the others before the call fails. Default: 1800. */
  readonly timeoutSeconds?: number;
  /** This process's place. Default: what the environment says. */
  readonly launch?: LaunchInfo;
}

/**
 * Joins the job that this process was started in, by `mpiexec -n N` or `srun -n N`. A process that was started alone is
 * a job of one, and needs no MPI.
 *
 * @throws MissingMpiError where there are several ranks, and no MPI to call or nothing to call it with
 * @throws DistributedError where launcher and library don't belong together
 */
export async function openCommunicator(options: OpenOptions = {}): Promise<Communicator> {
  const { library = process.env.TESSERA_MPI || undefined, timeoutSeconds = 1800, launch = launchInfo() } = options;
  if (!(timeoutSeconds > 0))
    throw new ArgumentError(`openCommunicator: timeoutSeconds must be > 0, got ${timeoutSeconds}`);
  if (launch.size === 1) return singleProcess();
  return MpiCommunicator.open({ library, timeoutSeconds, prefer: familyBehind(launch), size: launch.size });
}

/** srun starts ranks of either; what PMIx it speaks is Open MPI's. */
function familyBehind({ launcher }: LaunchInfo): Family {
  if (launcher === "slurm") return process.env.PMIX_RANK === undefined ? "mpich" : "open-mpi";
  return launcher === "open-mpi" ? "open-mpi" : "mpich";
}

/** @file `@tessera/distributed`: the processes of one job, over the system's MPI. Node only. */
export type { Communicator, NumberArray, Reduction } from "./communicator.ts";
export { coresPerRank } from "./cores.ts";
export { ArgumentError, DistributedError, MissingMpiError } from "./errors.ts";
export { allGatherJson } from "./gather-json.ts";
export { type Launcher, type LaunchInfo, launchInfo } from "./launch-info.ts";
export { type OpenOptions, openCommunicator } from "./open-communicator.ts";
export { requireSame } from "./require-same.ts";
export { singleProcess } from "./single-process.ts";

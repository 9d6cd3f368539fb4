/** @file How many threads a rank should take. */
import { readFileSync } from "node:fs";
import { availableParallelism, hostname } from "node:os";
import type { Communicator } from "./communicator.ts";
import { allGatherJson } from "./gather-json.ts";

/** Where a rank may run. */
export interface Placement {
  readonly host: string;
  /** Numbers of the cores that the system lets it use. */
  readonly cores: readonly number[];
}

/**
 * Cores for each rank's threads: its share of the cores that it may use, at least one. Launchers may bind each rank to
 * cores of its own, or let all ranks of a machine use all of them; what the ranks say of themselves tells which.
 */
export async function coresPerRank(communicator: Communicator): Promise<number> {
  const placements = await allGatherJson(communicator, { host: hostname(), cores: allowedCores() });
  return shareOfCores(placements, communicator.rank);
}

/** Each core is shared out evenly among the ranks that may use it. */
export function shareOfCores(placements: readonly Placement[], rank: number): number {
  const { host, cores } = placements[rank]!;
  const neighbours = placements.filter((other) => other.host === host).map((other) => new Set(other.cores));
  const users = (core: number) => neighbours.filter((set) => set.has(core)).length;
  const share = cores.reduce((sum, core) => sum + 1 / users(core), 0);
  // Three thirds are one core.
  return Math.max(1, Math.floor(share + 1e-9));
}

/** Linux says which; elsewhere they are counted. */
function allowedCores(): number[] {
  const counted = Array.from({ length: availableParallelism() }, (_, core) => core);
  if (process.platform !== "linux") return counted;
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return list === undefined ? counted : parseCoreList(list);
}

/** The kernel's notation: `0-3,8` is 0, 1, 2, 3, 8. */
export function parseCoreList(list: string): number[] {
  return list.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

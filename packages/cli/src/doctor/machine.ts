/** @file What the machine has: Node, cores, memory, disk, and what a container leaves of it. */
import { readFileSync, statfsSync } from "node:fs";
import { arch, availableParallelism, cpus, freemem, platform, release, totalmem, type } from "node:os";
import packageJson from "../../package.json" with { type: "json" };

/** Sizes in bytes. */
export interface Machine {
  readonly node: { readonly version: string; readonly required: string; readonly enough: boolean };
  /** As in `Linux 6.1.0, x64`. */
  readonly system: string;
  readonly platform: string;
  readonly processor: string;
  /** `usable`: threads that can run at once, which is what the cpu device takes; `total`: cores of the machine. */
  readonly cores: { readonly usable: number; readonly total: number };
  readonly memory: { readonly total: number; readonly free: number };
  /** What a control group (a container, a service, a job) may use at most; `null`: as much as there is. */
  readonly limits: { readonly memory: number | null; readonly cores: number | null };
  /** Free in the current folder; `null` where it is not told. */
  readonly diskFree: number | null;
}

export function readMachine(): Machine {
  const required = packageJson.engines.node.replace(">=", "");
  const version = process.versions.node;
  return {
    node: { version, required, enough: isAtLeast(version, required) },
    system: `${type()} ${release()}, ${arch()}`,
    platform: platform(),
    processor: cpus()[0]?.model.trim() || "of unknown make",
    cores: { usable: availableParallelism(), total: Math.max(cpus().length, 1) },
    memory: { total: totalmem(), free: freemem() },
    limits: { memory: memoryLimit(), cores: coreLimit() },
    diskFree: diskFree(),
  };
}

/** Compares versions number by number: 20.9.1 is older than 20.19. */
export function isAtLeast(version: string, required: string): boolean {
  const [have, want] = [version, required].map((text) => text.split(".").map(Number)) as [number[], number[]];
  for (const [i, number] of want.entries()) {
    if ((have[i] ?? 0) !== number) return (have[i] ?? 0) > number;
  }
  return true;
}

/** Version 2 of Linux's control groups, then version 1. */
function memoryLimit(): number | null {
  const text = read("/sys/fs/cgroup/memory.max") ?? read("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  const limit = Number(text ?? "max");
  return limit > 0 && limit < totalmem() ? limit : null;
}

function coreLimit(): number | null {
  const text =
    read("/sys/fs/cgroup/cpu.max") ??
    `${read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")} ${read("/sys/fs/cgroup/cpu/cpu.cfs_period_us")}`;
  const [quota, period] = text.split(" ").map(Number);
  return quota! > 0 && period! > 0 ? quota! / period! : null;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null; // another system, or none of these limits
  }
}

function diskFree(): number | null {
  try {
    const { bavail, bsize } = statfsSync(".");
    return bavail * bsize;
  } catch {
    return null;
  }
}

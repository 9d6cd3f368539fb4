import { DataError } from "../errors.ts";

/** Which part of the work a process has, and who says so. */
export interface ShardShare {
  readonly shardIndex: number;
  readonly shardCount: number;
  readonly source: string;
}

/**
 * The share that a cluster's scheduler gives this process: an array job of Slurm (`SLURM_ARRAY_TASK_ID`, with its
 * `_MIN`, `_MAX` and `_COUNT`), or an Indexed Job of Kubernetes (`JOB_COMPLETION_INDEX`, which comes without a count).
 *
 * @param given what the user said; it goes before the environment.
 * @returns undefined where nobody says anything
 * @throws DataError where an index comes without a count, or the numbers do not fit
 */
export function shardShare(
  given: { readonly shardIndex?: number | undefined; readonly shardCount?: number | undefined },
  env: Readonly<Record<string, string | undefined>>,
): ShardShare | undefined {
  const found = fromSlurm(env) ?? fromKubernetes(env);
  const shardIndex = given.shardIndex ?? found?.shardIndex;
  const shardCount = given.shardCount ?? found?.shardCount;
  if (shardIndex === undefined && shardCount === undefined) return undefined;
  const source = given.shardIndex === undefined && found ? found.source : "--shard-index";
  if (shardIndex === undefined) throw new DataError("a shard count needs a shard index: --shard-index <i>");
  if (shardCount === undefined)
    throw new DataError(`${source} says ${shardIndex}, but not of how many: --shard-count <n>`);
  if (shardIndex >= shardCount)
    throw new DataError(
      `${source} says ${shardIndex}, but there are only ${shardCount} shares (0 to ${shardCount - 1})`,
    );
  return { shardIndex, shardCount, source };
}

type Found = { shardIndex: number; shardCount?: number; source: string };

function fromSlurm(env: Readonly<Record<string, string | undefined>>): Found | undefined {
  const read = (name: string) => integer(`SLURM_ARRAY_TASK_${name}`, env);
  const id = read("ID");
  if (id === undefined) return undefined;
  const first = read("MIN") ?? 0;
  const count = read("COUNT");
  const last = read("MAX");
  if (count !== undefined && last !== undefined && last - first + 1 !== count) {
    throw new DataError(
      `Slurm's array has gaps: ${count} tasks from ${first} to ${last}\n  hint: --array=0-${count - 1}, or --shard-index and --shard-count`,
    );
  }
  return { shardIndex: id - first, ...(count !== undefined && { shardCount: count }), source: "SLURM_ARRAY_TASK_ID" };
}

function fromKubernetes(env: Readonly<Record<string, string | undefined>>): Found | undefined {
  const shardIndex = integer("JOB_COMPLETION_INDEX", env);
  return shardIndex === undefined ? undefined : { shardIndex, source: "JOB_COMPLETION_INDEX" };
}

function integer(name: string, env: Readonly<Record<string, string | undefined>>): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  if (!/^\d+$/.test(text)) throw new DataError(`${name}: expected a whole number, got ${JSON.stringify(text)}`);
  return Number(text);
}

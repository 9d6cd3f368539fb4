import { TfRecordError } from "./errors.ts";
import { checkInteger } from "./framing.ts";

/** `train`, 3, 128 → `train-00003-of-00128`, as TensorFlow names the files of a set. */
export function shardName(prefix: string, index: number, count: number): string {
  checkInteger("shardName: count", count, 1);
  checkInteger("shardName: index", index, 0, count - 1);
  return `${prefix}-${`${index}`.padStart(5, "0")}-of-${`${count}`.padStart(5, "0")}`;
}

/** A file of a numbered set. */
interface Shard {
  readonly path: string;
  /** What the names of its set share. */
  readonly set: string;
  readonly index: number;
  /** How many its name says there are, if it does. */
  readonly count: number | null;
}

/** `name-00003-of-00128.suffix`, or a last number as in `val-3.tfrecord`. */
function parseShard(path: string): Shard | null {
  const named = /^(.*)-(\d{1,9})-of-(\d{1,9})([^/\\\d][^/\\]*)?$/s.exec(path);
  if (named) {
    const [, prefix = "", index, count, suffix = ""] = named;
    return { path, set: `${prefix}-#${suffix}`, index: Number(index), count: Number(count) };
  }
  const numbered = /^(.*?)(\d{1,9})((?:\.[^/\\.]*)*)$/s.exec(path);
  if (!numbered) return null;
  const [, prefix = "", index, suffix = ""] = numbered;
  return { path, set: `${prefix}#${suffix}`, index: Number(index), count: null };
}

/**
 * Puts the files of sharded sets in order: sets by name, files by number (`val-2` before `val-10`).
 *
 * @param options.allowGaps take a set of which some numbers are missing. Default: false.
 * @throws TfRecordError listing the numbers that are missing in a set of several files or of a stated number, or when
 *   files of one name state different numbers. Numbers begin at 0 or 1.
 */
export function orderShards(paths: readonly string[], { allowGaps = false }: { allowGaps?: boolean } = {}): string[] {
  const sets = new Map<string, Shard[]>();
  const others: string[] = [];
  for (const path of new Set(paths)) {
    const shard = parseShard(path);
    if (shard) sets.set(shard.set, [...(sets.get(shard.set) ?? []), shard]);
    else others.push(path);
  }
  const groups = [
    ...[...sets].map(([set, shards]) => ({ set, shards })),
    ...others.map((path) => ({ set: path, shards: [] })),
  ];
  return groups
    .sort((a, b) => (a.set < b.set ? -1 : 1))
    .flatMap(({ set, shards }) => {
      if (shards.length === 0) return [set];
      if (!allowGaps) checkComplete(shards);
      return shards.sort((a, b) => a.index - b.index).map(({ path }) => path);
    });
}

function checkComplete(shards: readonly Shard[]): void {
  const [{ path, set, count }] = shards as [Shard];
  const other = shards.find((shard) => shard.count !== count);
  if (other)
    throw new TfRecordError(`${other.path}: expected one set of files, but ${path} says that there are ${count}`);
  const numbers = new Set(shards.map(({ index }) => index));
  if (numbers.size < shards.length) {
    throw new TfRecordError(`${path}: expected each number of ${set} once, got one of them twice`);
  }
  if (count === null && shards.length === 1) return;
  const last = count === null ? Math.max(...numbers) : count - 1;
  const beyond = shards.find(({ index }) => index > last);
  if (beyond) throw new TfRecordError(`${beyond.path}: expected a number below ${count}, got ${beyond.index}`);
  // Where no count is stated, a set may begin at 1 as well.
  const missing = missingRanges(numbers, count === null && !numbers.has(0) ? 1 : 0, last);
  if (missing.length === 0) return;
  throw new TfRecordError(
    `${path}: its set lacks ${missing.length === 1 && !missing[0]!.includes(" ") ? "number" : "numbers"} ${missing.join(", ")}` +
      `${count === null ? "" : ` of ${count}`}\n  hint: find the missing files, or allow gaps`,
  );
}

/** `3`, `5 to 8`: what is missing from `first` to `last`. */
function missingRanges(numbers: ReadonlySet<number>, first: number, last: number): string[] {
  const ranges: string[] = [];
  const sorted = [first - 1, ...[...numbers].sort((a, b) => a - b), last + 1];
  for (let i = 1; i < sorted.length; i++) {
    const [from, to] = [sorted[i - 1]! + 1, sorted[i]! - 1];
    if (from === to) ranges.push(`${from}`);
    else if (from < to) ranges.push(`${from} to ${to}`);
  }
  return ranges;
}

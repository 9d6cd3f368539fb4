/** @file One measurement, as the JSON file has it. */

/** Smallest, middle and greatest of several runs. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** A benchmark's figures. */
export interface BenchRecord {
  readonly benchmark: string;
  readonly device: string;
  readonly adapter: string;
  readonly shape: readonly number[];
  readonly milliseconds: Spread;
  readonly imagesPerSecond: number;
  /** Other engines in the same run; `ratio` is our speed over theirs. */
  readonly peers: Readonly<
    Record<string, { readonly imagesPerSecond: number; readonly ratio: number; readonly version: string }>
  >;
}

/** Throws on an empty list: a benchmark that ran nothing has no figures. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) throw new RangeError("no runs to summarise");
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

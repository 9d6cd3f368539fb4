import { fileURLToPath } from "node:url";
import { Tinypool } from "tinypool";
import { checkInteger } from "../arguments.ts";
import { coreCount } from "./cores.ts";
import type { Workers } from "./read-ahead.ts";
import type { MapFunction } from "./transform-stages.ts";

/** How the work is spread. */
export interface WorkerOptions {
  /** How many. Default: one for each core that this process may use. */
  readonly workers?: number;
  /** Threads share a process; processes keep a native library's allocator apart. Default `threads`. */
  readonly runtime?: "threads" | "processes";
}

/**
 * Worker threads or processes for `Dataset.parallelMap`. They start with a pass and end with it, also where the loop is
 * left or something fails.
 *
 * @param module a JavaScript module whose default export is the function: `({ value, place }) => result`. Values and
 *   results are copied as by `structuredClone`.
 *
 * @example
 * dataset.parallelMap(workers(new URL("./decode.js", import.meta.url), { workers: 4 }), { concurrency: 8 });
 */
export function workers<T, U>(
  module: URL,
  { workers: count = coreCount(), runtime = "threads" }: WorkerOptions = {},
): Workers<T, U> {
  checkInteger("workers: workers", count, 1);
  return {
    count,
    open() {
      const pool = new Tinypool({
        filename: fileURLToPath(module),
        runtime: runtime === "threads" ? "worker_threads" : "child_process",
        minThreads: count,
        maxThreads: count,
      });
      const run: MapFunction<T, U> = (value, place) => pool.run({ value, place });
      return { run, close: () => pool.destroy() };
    },
  };
}

/** @file Memory of this process and its children over time. */
import { readFileSync } from "node:fs";

/** Looks five times a second; Linux tells, other systems do not. */
export class MemoryWatch {
  readonly #samples: number[] = [];
  readonly #timer = setInterval(() => {
    const bytes = residentBytes(process.pid);
    if (bytes > 0) this.#samples.push(bytes);
  }, 200);

  /** The most in the second quarter of the time, when all is warm, and in the last. */
  stop(): string {
    clearInterval(this.#timer);
    const quarter = this.#samples.length >> 2;
    if (quarter === 0) return "unknown";
    const most = (from: number, to: number) => Math.max(...this.#samples.slice(from, to)) / 2 ** 20;
    const [early, late] = [most(quarter, 2 * quarter), most(3 * quarter, this.#samples.length)];
    return `${early.toFixed(0)} MiB in the second quarter, ${late.toFixed(0)} MiB in the last`;
  }
}

/** Of a process and those that it started; 0 where nobody tells. */
function residentBytes(pid: number): number {
  try {
    const own = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    return children.reduce((sum, child) => sum + residentBytes(Number(child)), own);
  } catch {
    return 0;
  }
}

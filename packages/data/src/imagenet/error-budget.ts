import { DataError } from "../errors.ts";
import type { FileIssue } from "../workers/file-issue.ts";

/** Refuses more failures than are allowed. */
export class ErrorBudget {
  readonly #policy: "skip" | "fail" | "quarantine";
  readonly #most: number;
  #count: number;

  /** @param before failures of shards that are done */
  constructor(policy: "skip" | "fail" | "quarantine", most: number = Number.POSITIVE_INFINITY, before = 0) {
    this.#policy = policy;
    this.#most = most;
    this.#count = before;
  }

  spend(failed: readonly FileIssue[]): void {
    const [first] = failed;
    if (!first) return;
    if (this.#policy === "fail") {
      throw new DataError(`${first.reason}\n  hint: "onError": "skip" goes on without such images, and lists them`);
    }
    this.#count += failed.length;
    if (this.#count > this.#most) {
      throw new DataError(
        `more than maxErrors = ${this.#most} images could not be used; the last: ${failed.at(-1)!.reason}`,
      );
    }
  }
}

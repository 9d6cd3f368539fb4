/** @file The adapter's queue, which can wait for the host in the middle of a step. */
import type { Loan } from "../loan.ts";

/** Something that is waited for, or an action in its turn. */
type Entry = Loan | (() => void);

/** Actions in order; what comes after {@link awaitLoan} is kept back until that loan is settled. */
export class HeldQueue {
  #waiting: Entry[] = [];
  #failed: Error | null = null;
  readonly #rejections = new Set<(reason: Error) => void>();

  /** Whether anything does. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** Carries an action out, now or in its turn. */
  run(action: () => void): void {
    if (this.#waiting.length > 0) this.#waiting.push(action);
    else action();
  }

  awaitLoan(loan: Loan): void {
    if (!loan.settled) this.#waiting.push(loan);
  }

  /** Goes on as far as it can: for when a loan was settled. */
  pump(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || (typeof next !== "function" && !next.settled)) return;
      this.#waiting.shift();
      if (typeof next === "function") next();
    }
  }

  /** Resolves when everything so far was carried out; rejects if it never will be. */
  reached(): Promise<void> {
    if (this.#failed) return Promise.reject(this.#failed);
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#rejections.add(reject);
      this.run(() => {
        this.#rejections.delete(reject);
        resolve();
      });
    });
  }

  /** Drops what waits. */
  fail(reason: Error): void {
    this.#failed ??= reason;
    this.#waiting = [];
    for (const reject of this.#rejections) reject(reason);
    this.#rejections.clear();
  }
}

/** @file What training waits behind while it is paused, and what ends it. */

/** Open at first; closed by a pause, opened by resuming, and open for good once it was stopped. */
export class Gate {
  readonly #aborter = new AbortController();
  #waiting: (() => void)[] = [];
  #closedAt: number | null = null;
  #openedAt = performance.now();
  /** Milliseconds before it was last closed. */
  #before = 0;

  /** Aborted by {@link stop}. */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  get isOpen(): boolean {
    return this.#closedAt === null;
  }

  /** Seconds that it has been open. */
  get openSeconds(): number {
    return (this.#before + (this.#closedAt ?? performance.now()) - this.#openedAt) / 1000;
  }

  /** Counts {@link openSeconds} from now. */
  restartClock(): void {
    this.#before = 0;
    this.#openedAt = performance.now();
    if (this.#closedAt !== null) this.#closedAt = this.#openedAt;
  }

  pause(): void {
    if (this.isOpen && !this.signal.aborted) this.#closedAt = performance.now();
  }

  resume(): void {
    if (this.#closedAt === null) return;
    this.#before += this.#closedAt - this.#openedAt;
    this.#openedAt = performance.now();
    this.#closedAt = null;
    for (const go of this.#waiting.splice(0)) go();
  }

  stop(): void {
    this.#aborter.abort();
    this.resume();
  }

  /** Resolves when it is open. */
  opened(): Promise<void> {
    return this.isOpen ? Promise.resolve() : new Promise((go) => this.#waiting.push(go));
  }
}

/** @file Progress of what is mostly over at once: nothing is drawn before it has taken two seconds. */
import { type ProgressBar, progressBar } from "./progress.ts";

const patience = 2000;

/** Draws what comes to {@link report}, once it is late. */
export class LateBar {
  readonly #start = performance.now();
  #bar: ProgressBar | undefined;

  /** @param note what the job says of itself, by its rate a second, as `120 images/s` */
  constructor(
    private readonly title: string,
    private readonly note: (rate: number) => string,
  ) {}

  readonly report = (done: number, total: number): void => {
    const elapsed = performance.now() - this.#start;
    if (elapsed < patience) return;
    this.#bar ??= progressBar(this.title, total, { start: this.#start });
    this.#bar.update(done, this.note((1000 * done) / elapsed));
  };

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

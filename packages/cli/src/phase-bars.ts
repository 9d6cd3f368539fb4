/** @file Progress of preprocessing: one bar a phase. */
import type { PreprocessProgress } from "@tessera/data";
import { type ProgressBar, progressBar } from "./progress.ts";

const titles: Record<PreprocessProgress["phase"], string> = {
  sharpen: "sharpening",
  mean: "mean",
  covariance: "covariance",
  eigenvectors: "eigenvectors",
  normalize: "normalising",
};

/** Draws what comes to {@link report}. */
export class PhaseBars {
  #bar: ProgressBar | undefined;
  #last: PreprocessProgress | undefined;
  #start = 0;

  readonly report = (progress: PreprocessProgress): void => {
    const { phase, done, total } = progress;
    // A phase begins anew for the next part of a set.
    if (phase !== this.#last?.phase || done < this.#last.done || total !== this.#last.total) {
      this.stop();
      this.#start = performance.now();
      this.#bar = progressBar(titles[phase], total);
    }
    this.#last = progress;
    const seconds = Math.max(0.001, (performance.now() - this.#start) / 1000);
    this.#bar?.update(done, phase === "eigenvectors" ? "in float64" : `${(done / seconds).toFixed(0)} images/s`);
  };

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

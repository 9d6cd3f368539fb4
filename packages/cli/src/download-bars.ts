/** @file Progress of downloads. */
import type { DownloadSetProgress } from "@tessera/data/node";
import { type ProgressBar, progressBar } from "./progress.ts";

/** One bar at a time, begun with the first figure of what it shows. */
export class DownloadBars {
  #bar: ProgressBar | undefined;
  #title = "";
  #start = 0;
  #from = 0;

  show({ title, unit, done, total = done }: DownloadSetProgress): void {
    if (unit === "bytes") this.#bytes(title, done, total);
    else this.#begin(title, 0, total).update(done, `${done} of ${total} written`);
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  /** The bar, its rate and the time left are of what has come since it was begun, not of what was there before. */
  #bytes(title: string, done: number, total: number): void {
    const bar = this.#begin(title, done, total);
    const seconds = Math.max(0.001, (performance.now() - this.#start) / 1000);
    const rate = ((done - this.#from) / 1e6 / seconds).toFixed(2);
    bar.update(done - this.#from, `${megabytes(done)} of ${megabytes(total)} MB, ${rate} MB/s`);
  }

  #begin(title: string, from: number, total: number): ProgressBar {
    if (this.#bar && title === this.#title) return this.#bar;
    this.#bar?.stop();
    this.#title = title;
    this.#start = performance.now();
    this.#from = from;
    this.#bar = progressBar(from > total / 100 ? `the rest of ${title}` : title, total - from);
    return this.#bar;
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/** @file Progress of many workers: a bar each and one for the whole on a terminal, lines elsewhere. To standard error. */
import cliProgress from "cli-progress";
import { formatSeconds } from "./progress.ts";
import { isQuiet } from "./voice.ts";

/** Seconds between lines of the whole where there is no terminal. */
const lineEvery = 10;
const barSize = 24;

/** How far the whole is. */
interface Overall {
  readonly images: number;
  /** 0 … 1. */
  readonly share: number;
}

/** Bars such as `Calculating Mean - [3] [########] [100%] [1313/1313]`. */
export class WorkerBars {
  readonly #title: string;
  readonly #stream: NodeJS.WriteStream;
  readonly #bars: cliProgress.MultiBar | undefined;
  readonly #byWorker = new Map<string, cliProgress.SingleBar>();
  readonly #start = performance.now();
  #whole: cliProgress.SingleBar | undefined;
  #last = this.#start;

  constructor(title: string, stream: NodeJS.WriteStream = process.stderr) {
    this.#title = title;
    this.#stream = stream;
    if (!stream.isTTY || isQuiet()) return;
    const options = { stream, hideCursor: true, barsize: barSize, fps: 5, format: `{title} [{bar}] {figures}` };
    const shapes = { barCompleteChar: "#", barIncompleteChar: " " };
    this.#bars = new cliProgress.MultiBar({ ...options, ...shapes }, cliProgress.Presets.legacy);
  }

  /** @param total where it is not known, the worker has no bar */
  update(worker: string | number, done: number, total: number | undefined, overall: Overall): void {
    const text = this.#text(overall);
    if (this.#bars) {
      this.#whole ??= this.#bars.create(1, 0, { title: "all", figures: "" });
      this.#whole.update(overall.share, { title: "all", figures: text });
    } else this.#line(text);
    if (total !== undefined) this.#worker(`${worker}`, done, total);
  }

  /** A line above the bars. */
  say(line: string): void {
    if (this.#bars) this.#bars.log(`${line}\n`);
    else if (!isQuiet()) this.#stream.write(`${line}\n`);
  }

  stop(): void {
    this.#bars?.stop();
  }

  #worker(worker: string, done: number, total: number): void {
    const title = `${this.#title} - [${worker}]`;
    const figures = `[${String(Math.floor((100 * done) / total)).padStart(3)}%] [${done}/${total}]`;
    if (done === total) {
      // What is done becomes a line, so that there are never more bars than workers.
      const bar = this.#byWorker.get(worker);
      if (bar) this.#bars?.remove(bar);
      this.#byWorker.delete(worker);
      this.say(`${title} [${"#".repeat(barSize)}] ${figures}`);
    } else if (this.#bars) {
      const bar = this.#byWorker.get(worker) ?? this.#bars.create(total, 0, { title, figures });
      this.#byWorker.set(worker, bar);
      bar.update(done, { title, figures });
    }
  }

  #text({ images, share }: Overall): string {
    const seconds = Math.max(0.001, (performance.now() - this.#start) / 1000);
    const left = share > 0 ? formatSeconds((seconds / share) * (1 - share)) : "?";
    return `[${Math.floor(100 * share)}%] ${images} images, ${(images / seconds).toFixed(0)} images/s, ${left} left`;
  }

  #line(text: string): void {
    const now = performance.now();
    if (isQuiet() || now - this.#last < lineEvery * 1000) return;
    this.#last = now;
    this.#stream.write(`${this.#title} - all ${text}\n`);
  }
}

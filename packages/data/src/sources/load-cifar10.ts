import { readFile } from "node:fs/promises";
import { getFile } from "../download/maybe-download.ts";
import type { ImageSet } from "../image-set.ts";
import { nhwcToNchw } from "../layout.ts";
import { type CifarBatch, decodeCifarBatch } from "./cifar-batch.ts";
import { loadCifar } from "./load-cifar.ts";

/**
 * Reads one batch file of a CIFAR Python archive, channels first: pixels uint8 [N, 3, 32, 32] and labels.
 *
 * @param path such as `cifar-10-batches-py/data_batch_1`.
 * @param labelKey where the labels are: `"labels"` (default, CIFAR-10), `"fine_labels"` or `"coarse_labels"`.
 */
export async function loadBatch(path: string, labelKey = "labels"): Promise<CifarBatch> {
  return decodeCifarBatch(await readFile(path), { labelKey, source: path });
}

/** Images and labels as arrays with their shapes. */
export interface Cifar10Part {
  readonly images: Uint8Array;
  /** [N, 3, 32, 32], or [N, 32, 32, 3] when transposed. */
  readonly shape: readonly [number, number, number, number];
  readonly labels: Int32Array;
  /** [N, 1]. */
  readonly labelsShape: readonly [number, 1];
}

/**
 * CIFAR-10 of the five training batches and the test batch: uint8 [50000, 3, 32, 32] and [10000, 3, 32, 32], labels
 * [N, 1]. `cifar-10-python.tar.gz` is fetched to `cacheDir` if it is not there.
 *
 * @param options.transpose gives channels last, [N, 32, 32, 3]. Default: false.
 * @param options.cacheDir Default: "data".
 */
export async function loadCifar10(
  options: { transpose?: boolean; cacheDir?: string; onNote?: (note: string) => void } = {},
): Promise<{ train: Cifar10Part; test: Cifar10Part }> {
  const { transpose = false, ...rest } = options;
  const name = "cifar-10-python.tar.gz";
  const path = await getFile(name, `https://www.cs.toronto.edu/~kriz/${name}`, { ...rest, bytes: 170498071 });
  const { train, test } = await loadCifar(path);
  return { train: part(train, transpose), test: part(test, transpose) };
}

function part({ images, labels, shape }: ImageSet, transpose: boolean): Cifar10Part {
  const labelsShape = [labels.length, 1] as const;
  if (transpose) return { images, shape, labels, labelsShape };
  const [count, height, width, channels] = shape;
  return { images: nhwcToNchw(images, shape), shape: [count, channels, height, width], labels, labelsShape };
}

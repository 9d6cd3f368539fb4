/** @file A data set from whatever a path names: a prepared file, or a source of images. */
import type { ImageSet, Pixels, ProcessedMetadata } from "@tessera/data";
import { isProcessed, loadImageSet, loadProcessed } from "@tessera/data/node";

/** A set of either kind. */
export interface LoadedSet {
  readonly name: string;
  readonly train: ImageSet<Pixels>;
  readonly test: ImageSet<Pixels>;
  readonly validation?: ImageSet<Pixels>;
  readonly classNames: readonly string[];
  readonly superclassNames?: readonly string[];
  /** Superclass of each class, where the labels are CIFAR-100's fine ones. */
  readonly superclassOf?: Int32Array;
  /** What a prepared set says of itself. */
  readonly prepared?: ProcessedMetadata;
}

export async function loadSet(path: string, labels: "fine" | "coarse"): Promise<LoadedSet> {
  if (!(await isProcessed(path))) return loadImageSet(path, { labels });
  const { train, test, validation, metadata } = await loadProcessed(path);
  const { name, classNames } = metadata;
  return { name, train, test, ...(validation && { validation }), classNames, prepared: metadata };
}

/** @file A data set from whatever a path names: a prepared file, or a source of images. */
import type { Colours, ImageSet, LabelledSet, Pixels, Preprocessor, ProcessedMetadata } from "@tessera/data";
import { isProcessed, loadImageSet, loadProcessed } from "@tessera/data/node";
import { LateBar } from "./late-bar.ts";

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
  /** Whether the test set is a share of a source that has none. */
  readonly heldOut?: boolean;
  /** What a prepared set says of itself. */
  readonly prepared?: ProcessedMetadata;
  /** What made a prepared set's pixels. */
  readonly preprocessor?: Preprocessor;
  /** What the classes are, where they are the colours of pixels. */
  readonly colours?: Colours;
  /** Of the images, where they have any. */
  readonly names?: { readonly train: readonly string[]; readonly test: readonly string[] };
}

/** What a run's description says of a set: images need not be in memory for it. */
export interface SetFacts extends Pick<LoadedSet, "name" | "classNames" | "preprocessor" | "colours"> {
  readonly train: Pick<ImageSet<Pixels>, "shape" | "labelShape">;
  readonly test: Pick<ImageSet<Pixels>, "shape">;
  readonly validation?: Pick<ImageSet<Pixels>, "shape">;
}

/** How a source is read; a prepared set is as it was made. */
export interface LoadSetOptions {
  readonly labels: "fine" | "coarse";
  /** Height and width to which the images of a folder are resized. Default: none. */
  readonly size?: number | undefined;
  readonly signal?: AbortSignal;
}

/** Reads a source of images, with progress where that takes long. */
export async function loadSource(path: string, { labels, size, signal }: LoadSetOptions): Promise<LabelledSet> {
  const bar = new LateBar("loading", (rate) => `${rate.toFixed(0)} images/s`);
  try {
    const square = size === undefined ? undefined : ([size, size] as const);
    return await loadImageSet(path, { labels, size: square, onProgress: bar.report, signal });
  } finally {
    bar.stop();
  }
}

/** Reads a source of images, or a prepared set as it is. */
export async function loadSet(path: string, options: LoadSetOptions): Promise<LoadedSet> {
  if (!(await isProcessed(path))) return loadSource(path, options);
  const { train, test, validation, metadata, preprocessor } = await loadProcessed(path);
  const { name, classNames, superclassNames } = metadata;
  if (options.labels === "coarse" && superclassNames && classNames.length !== superclassNames.length) {
    const hint = "hint: tessera prepare --labels coarse makes one of superclasses";
    throw new Error(`${path}: this set was prepared with fine labels\n  ${hint}`);
  }
  return { name, train, test, ...(validation && { validation }), classNames, prepared: metadata, preprocessor };
}

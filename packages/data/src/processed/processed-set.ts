import type { ImageSet, Pixels } from "../image-set.ts";
import type { FittedSettings, Preprocessor } from "../preprocess/preprocessor.ts";

/** A file that a set was made from. */
export interface SourceFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a prepared set says of itself: plain JSON. */
export interface ProcessedMetadata {
  /** Version of this description. */
  readonly version: 1;
  /** The data set, such as `cifar-100`. */
  readonly name: string;
  readonly source: readonly SourceFile[];
  readonly classNames: readonly string[];
  readonly superclassNames?: readonly string[];
  /** Seed of the order of the training images; null where they are in the source's order. */
  readonly shuffleSeed: number | null;
  /** Share of the training images that went to validation, and the seed that chose them. */
  readonly validation?: { readonly fraction: number; readonly seed: number };
  readonly preprocessing: FittedSettings;
  /** Of `@tessera/data`, and of whatever else had a hand in it. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A prepared set: images ready to train on, and the transform that made them so. */
export interface ProcessedSet {
  readonly train: ImageSet<Pixels>;
  readonly test: ImageSet<Pixels>;
  readonly validation?: ImageSet<Pixels>;
  /** Apply it to every image that a model trained on this set is to see. */
  readonly preprocessor: Preprocessor;
  readonly metadata: ProcessedMetadata;
}

/** The parts of a set, in the order in which files have them. */
export const PARTS = ["train", "validation", "test"] as const;

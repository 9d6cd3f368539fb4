import packageJson from "../../package.json" with { type: "json" };
import { checkInteger } from "../arguments.ts";
import { type ImageSet, selectRows } from "../image-set.ts";
import { permutation } from "../pipeline/permutation.ts";
import { stratifiedSplit } from "../pipeline/split.ts";
import { Preprocessor, type PreprocessorSettings } from "../preprocess/preprocessor.ts";
import type { WorkOptions } from "../preprocess/whitening.ts";
import { type LabelledSet, selectClasses } from "../sources/labelled-set.ts";
import type { ProcessedMetadata, ProcessedSet, SourceFile } from "./processed-set.ts";

/** What to prepare. */
export interface PrepareOptions extends PreprocessorSettings, WorkOptions {
  /** Only these classes, by name or label; they are numbered anew, in this order. Default: all of them. */
  readonly classes?: readonly (string | number)[] | undefined;
  /** Share of the training images to hold out, the same of each class. Default: none. */
  readonly validation?: number | undefined;
  /** Puts images and labels of the training set in one random order. Default false. */
  readonly shuffle?: boolean | undefined;
  /** Seed of the order and of what is held out. Default 0. */
  readonly seed?: number | undefined;
  /** What the set was read from, for the metadata. Default: nothing. */
  readonly source?: readonly SourceFile[] | undefined;
  /** Versions of other programs, for the metadata. */
  readonly versions?: Readonly<Record<string, string>> | undefined;
}

/**
 * Prepares a set for training: chooses classes, holds out a validation set, shuffles the training set, fits the
 * preprocessor on what is left for training, and applies it to every part.
 *
 * A pure function of the set and the options.
 *
 * @throws ArgumentError naming the option.
 *
 * @example
 * const set = await prepareSet(await loadImageSet(path), { shuffle: true, seed: 1, sharpen: true });
 * await writeProcessed("cifar-100.safetensors", set);
 */
export async function prepareSet(raw: LabelledSet, options: PrepareOptions = {}): Promise<ProcessedSet> {
  const { classes, validation: fraction, shuffle = false, seed = 0 } = options;
  checkInteger("prepareSet: seed", seed, 0);
  const chosen = classes ? selectClasses(raw, classes) : raw;
  const split = fraction === undefined ? { train: chosen.train } : stratifiedSplit(chosen.train, fraction, seed);
  const count = split.train.shape[0];
  const train = shuffle ? selectRows(split.train, permutation(count, { seed })) : split.train;
  const preprocessor = await Preprocessor.fit(train, options, options);
  const apply = async (set: ImageSet) => ({
    ...set,
    images: await preprocessor.apply(set.images, set.shape, options),
  });
  const metadata: ProcessedMetadata = {
    version: 1,
    name: raw.name,
    source: options.source ?? [],
    classNames: chosen.classNames,
    ...(chosen.superclassNames && { superclassNames: chosen.superclassNames }),
    shuffleSeed: shuffle ? seed : null,
    ...(fraction !== undefined && { validation: { fraction, seed } }),
    preprocessing: preprocessor.settings,
    versions: { [packageJson.name]: packageJson.version, ...options.versions },
  };
  return {
    train: await apply(train),
    ...("validation" in split && { validation: await apply(split.validation) }),
    test: await apply(chosen.test),
    preprocessor,
    metadata,
  };
}

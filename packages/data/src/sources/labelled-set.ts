import { checkInteger, show } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import { type ImageSet, selectRows } from "../image-set.ts";
import { permutation } from "../pipeline/permutation.ts";
import { stratifiedSplit } from "../pipeline/split.ts";

/** A set of labelled images, whatever it was read from. */
export interface LabelledSet {
  readonly name: string;
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** Name of each label. */
  readonly classNames: readonly string[];
  /** Names of the superclasses, where the set has two levels of labels. */
  readonly superclassNames?: readonly string[];
  /** Superclass of each label, as the records say; −1 for a label that no record has. */
  readonly superclassOf?: Int32Array;
  /** True where the source has no test part, and one was held out of its images. */
  readonly heldOut?: boolean;
}

/** Share of the images that becomes the test part of a set without one. */
const TEST_SHARE = 0.2;

/** A set whose source has one part only: a stratified fifth of it, the same each time, becomes the test part. */
export function holdOutTest(
  set: ImageSet,
  rest: Pick<LabelledSet, "name" | "classNames" | "superclassNames" | "superclassOf">,
): LabelledSet {
  const { train, validation } = stratifiedSplit(set, TEST_SHARE);
  return { ...rest, train, test: validation, heldOut: true };
}

/**
 * The images of some classes, numbered anew in the order of `classes`.
 *
 * @param classes names, or labels.
 * @throws ArgumentError for a class that the set does not have, and for one that is named twice.
 *
 * @example
 * const horses = selectClasses(cifar10, ["horse"]); // the same as [7]: 5000 and 1000 images, all labelled 0
 */
export function selectClasses(data: LabelledSet, classes: readonly (string | number)[]): LabelledSet {
  if (classes.length === 0) throw new ArgumentError("selectClasses: classes: expected at least one, got none");
  const labels = classes.map((each) => {
    const label = typeof each === "string" ? data.classNames.indexOf(each) : each;
    if (data.classNames[label] !== undefined) return label;
    const known = `a class of ${data.name}, by name or from 0 to ${data.classNames.length - 1}`;
    throw new ArgumentError(`selectClasses: classes: expected ${known}, got ${show(each)}`);
  });
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) {
    throw new ArgumentError(`selectClasses: classes: ${show(data.classNames[twice])} is named twice`);
  }
  const to = new Map(labels.map((label, i) => [label, i]));
  const choose = (set: ImageSet): ImageSet => {
    const rows = Array.from(set.labels.keys()).filter((row) => to.has(set.labels[row]!));
    const picked = selectRows(set, rows);
    return { ...picked, labels: picked.labels.map((label) => to.get(label)!) };
  };
  const { superclassOf } = data;
  return {
    ...data,
    train: choose(data.train),
    test: choose(data.test),
    classNames: labels.map((label) => data.classNames[label]!),
    ...(superclassOf && { superclassOf: Int32Array.from(labels, (label) => superclassOf[label]!) }),
  };
}

/**
 * At most `perClass` images of each class, chosen at random and in the set's order: a small set to try things on. A pure
 * function of (labels, perClass, seed).
 */
export function subset(set: ImageSet, perClass: number, seed = 0): ImageSet {
  checkInteger("subset: perClass", perClass, 1);
  const left = new Map<number, number>();
  const rows: number[] = [];
  for (const row of permutation(set.labels.length, { seed })) {
    const label = set.labels[row]!;
    const room = left.get(label) ?? perClass;
    if (room === 0) continue;
    left.set(label, room - 1);
    rows.push(row);
  }
  return selectRows(
    set,
    rows.sort((a, b) => a - b),
  );
}

/** @file The set that a recipe learns from: classes of images, colours of pixels, or masks. */
import { basename } from "node:path";
import {
  type Colours,
  colourisationSet,
  type ImageSet,
  kMeansColours,
  paintColours,
  permutation,
  selectClasses,
  selectRows,
} from "@tessera/data";
import { loadColours, loadMaskedImages } from "@tessera/data/node";
import { loadData } from "../load-data.ts";
import type { LoadedSet } from "../load-set.ts";
import type { Recipe } from "../recipe/recipe-schema.ts";
import type { PixelTask } from "../recipe/task-schema.ts";

/** A recipe's part that says what is learnt, of what. */
type Part = Pick<Recipe, "data" | "task" | "seed">;

/**
 * Reads the set of a recipe's task.
 *
 * @param known the colours that a run learnt before. Default: as the task says.
 */
export function loadTask(recipe: Part, path: string, known?: Colours): Promise<LoadedSet> {
  const { task, data, seed } = recipe;
  if (!task) return loadData(path, data.labels);
  return task.name === "colorize" ? loadColourisation(task, path, seed, known) : loadSegmentation(task, path);
}

type Colorize = Extract<PixelTask, { name: "colorize" }>;

async function loadColourisation(
  { classes, colours: file, count }: Colorize,
  path: string,
  seed: number,
  known: Colours | undefined,
): Promise<LoadedSet> {
  const data = await loadData(path);
  const { train, test } = data;
  if (!hasBytes(train) || !hasBytes(test)) {
    const hint = "hint: name the source that the set was made from";
    throw new Error(`${path}: colours are learnt from pixels of 0 … 255, found a set of normalised ones\n  ${hint}`);
  }
  const whole = { ...data, train, test };
  const { train: images, test: held } = classes ? selectClasses(whole, classes) : whole;
  const colours = known ?? (file ? await loadColours(file, count) : kMeansColours(images.images, { count, seed }));
  const origin = file ? basename(file) : "k-means";
  return {
    name: `${data.name}${classes ? ` (${classes.join(", ")})` : ""} in ${colours.shape[0]} colours of ${origin}`,
    train: colourisationSet(images, colours),
    test: colourisationSet(held, colours),
    classNames: colourNames(colours),
    colours,
  };
}

function hasBytes(set: LoadedSet["train"]): set is ImageSet {
  return set.images instanceof Uint8Array;
}

/** `#rrggbb` of each. */
function colourNames(colours: Colours): string[] {
  const [count] = colours.shape;
  const bytes = Buffer.from(paintColours([...Array(count).keys()], colours)).toString("hex");
  return Array.from({ length: count }, (_, i) => `#${bytes.slice(6 * i, 6 * i + 6)}`);
}

type Segment = Extract<PixelTask, { name: "segment" }>;

async function loadSegmentation({ classes, masks, test }: Segment, path: string): Promise<LoadedSet> {
  const numbers = Object.entries(masks).map(([number, name]) => {
    return [Number(number), name === null ? null : classes.indexOf(name)] as const;
  });
  const { names, ...set } = await loadMaskedImages(path, { classOf: new Map(numbers) });
  const held = heldOut(test, names, path);
  const rows = names.map((_, row) => row).filter((row) => !held.includes(row));
  if (rows.length === 0) throw new Error(`${path}: task.test holds out all ${names.length} images, and leaves none`);
  return {
    ...{ name: basename(path), train: selectRows(set, rows), test: selectRows(set, held), classNames: classes },
    names: { train: rows.map((row) => names[row]!), test: held.map((row) => names[row]!) },
  };
}

/** Rows of the images that are held out, in order. */
function heldOut(test: Segment["test"], names: readonly string[], path: string): number[] {
  const rows =
    typeof test === "number"
      ? [...permutation(names.length, { seed: 0 }).subarray(0, test)]
      : test.map((name) => names.indexOf(name));
  const unknown = rows.indexOf(-1);
  if (unknown >= 0 && typeof test !== "number") {
    throw new Error(
      `${path}: task.test: expected names of images, as ${names[0]}, got ${JSON.stringify(test[unknown])}`,
    );
  }
  return [...new Set(rows)].sort((a, b) => a - b);
}

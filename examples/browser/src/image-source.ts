/** @file Gets the images: drawn here, read from a file of the user's, or fetched from the page's own server. */
import { type ImageSet, type LabelledSet, readImageSet, subset } from "@tessera/data";
import type { Source } from "./messages.ts";
import { drawShapes, SHAPE_NAMES } from "./shapes.ts";

/** What is trained and measured on. */
export interface Images {
  readonly name: string;
  readonly classNames: readonly string[];
  readonly train: ImageSet;
  readonly validation: ImageSet;
}

/** Of the images, so many for each that is trained on are measured on. */
const validationShare = 0.2;

/** The drawn set is always the same one: a training's own seed is another. */
const shapeSeed = 1;

/**
 * Opens a source.
 *
 * @param most images to train on, evenly of every class
 * @param tell told in words how far it is
 */
export async function openImages(source: Source, most: number, tell: (text: string) => void): Promise<Images> {
  if (source.kind === "shapes") {
    const count = Math.min(most, source.count);
    return {
      name: "synthetic shapes",
      classNames: SHAPE_NAMES,
      train: drawShapes(count, { seed: shapeSeed, stream: 0 }),
      validation: drawShapes(Math.ceil(validationShare * count), { seed: shapeSeed, stream: 1 }),
    };
  }
  const file = source.kind === "file" ? source.file : await fetchFile(source.name, source.url);
  const onProgress = ({ bytes, total }: { readonly bytes: number; readonly total: number }) =>
    tell(`Reading ${file.name}: ${Math.round((100 * bytes) / total)} %`);
  const set = await readImageSet(file, { onProgress });
  checkSize(set, file.name);
  const classes = set.classNames.length;
  return {
    name: source.kind === "file" ? set.name : source.name,
    classNames: set.classNames,
    train: subset(set.train, Math.ceil(most / classes)),
    validation: subset(set.test, Math.ceil((validationShare * most) / classes)),
  };
}

async function fetchFile(name: string, url: string): Promise<File> {
  const response = await fetch(url);
  if (response.ok) return new File([await response.blob()], name);
  throw new Error(`${name}: the server answered ${response.status}: ${await response.text()}`);
}

/** Three halvings of the images are in both networks, and the page draws red, green and blue. */
function checkSize({ train: { shape }, classNames }: LabelledSet, name: string): void {
  const [, height, width, channels] = shape;
  if (channels !== 3) throw new Error(`${name}: expected images of 3 channels, found ${channels}`);
  if (height < 8 || width < 8 || height > 96 || width > 96) {
    throw new Error(`${name}: expected images of 8 × 8 to 96 × 96 pixels, found ${height} × ${width}`);
  }
  if (classNames.length < 2) throw new Error(`${name}: expected at least 2 classes, found ${classNames.length}`);
}

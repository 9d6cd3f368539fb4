/** @file The set that `--data` names, as the networks see it. */
import { type LoadedSet, loadSet } from "./load-set.ts";
import { isQuiet } from "./voice.ts";

/** Height and width of the images that the networks see. */
const size = 32;

/** Reads a set, or one that was prepared; images of a folder are resized to what the networks see. */
export async function loadData(path: string, labels: "fine" | "coarse" = "fine"): Promise<LoadedSet> {
  const data = await loadSet(path, { labels, size });
  const [, height, width, channels] = data.train.shape;
  if (height !== size || width !== size || channels !== 3) {
    const found = `${height} × ${width} × ${channels}`;
    throw new Error(`${path}: the networks see images of ${size} × ${size} × 3, found ${found}`);
  }
  if (data.train.images instanceof Float32Array && data.preprocessor?.settings.normalize === "none") {
    const hint = "hint: tessera prepare makes a set that says how";
    throw new Error(
      `${path}: its pixels are normalised, but nothing says how, so images to predict could not be\n  ${hint}`,
    );
  }
  // To standard error: what goes to the other may be JSON.
  if (data.heldOut && !isQuiet())
    console.error(`${path} has no test part: ${data.test.shape[0]} images, a fifth, are held out as one`);
  return data;
}

/** What `--data` takes, for its help. */
export const dataHelp =
  "CIFAR (.tar.gz or its folder), parquet, .npz, a folder of images for each class; TFRecord shards by a quoted pattern; or what prepare wrote";

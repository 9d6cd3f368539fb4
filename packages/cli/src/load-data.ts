/** @file The set that `--data` names, as the networks see it. */
import type { LabelledSet } from "@tessera/data";
import { isProcessed, loadImageSet } from "@tessera/data/node";

/** Height and width of the images that the networks see. */
const size = 32;

/** Reads a set; images of a folder are resized to what the networks see. */
export async function loadData(path: string, labels: "fine" | "coarse" = "fine"): Promise<LabelledSet> {
  if (await isProcessed(path)) {
    const hint =
      "name the source it was made from; programs load prepared sets with loadProcessed of @tessera/data/node";
    throw new Error(`${path}: a prepared set, which this command does not train on\n  hint: ${hint}`);
  }
  const data = await loadImageSet(path, { labels, size: [size, size] });
  const [, height, width, channels] = data.train.shape;
  if (height !== size || width !== size || channels !== 3) {
    const found = `${height} × ${width} × ${channels}`;
    throw new Error(`${path}: the networks see images of ${size} × ${size} × 3, found ${found}`);
  }
  // To standard error: what goes to the other may be JSON.
  if (data.heldOut)
    console.error(`${path} has no test part: ${data.test.shape[0]} images, a fifth, are held out as one`);
  return data;
}

/** What `--data` takes, for its help. */
export const dataHelp = "CIFAR (.tar.gz or its folder), parquet, .npz, or a folder of images for each class";

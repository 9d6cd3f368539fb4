// A few thousand real images for the page, from a CIFAR archive that lies on this machine.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { selectClasses, subset, writeNpz } from "@tessera/data";
import { loadImageSet } from "@tessera/data/node";

const root = join(import.meta.dirname, "..", "..");
const folders = [process.env.TESSERA_DATA, join(root, "data")].filter(Boolean);
const archives = [
  "cifar-10-python.tar.gz",
  "cifar-10-binary.tar.gz",
  "cifar-100-python.tar.gz",
  "cifar-100-binary.tar.gz",
];

/** Of CIFAR-100's classes ten that look different; the whole hundred is for longer than a page is looked at. */
const tenOfHundred = "apple bicycle bottle castle cloud dolphin leopard motorcycle rose wardrobe".split(" ");
const perClass = { train: 400, test: 100 };

/** The archive to take: the one that was named, else the first that is where the commands look; `null` if there is none. */
export function findArchive(named) {
  if (named !== undefined) return named;
  return folders.flatMap((folder) => archives.map((name) => join(folder, name))).find(existsSync) ?? null;
}

/** At most 400 images of each class to train on and 100 to test, as a `.npz` that the page reads like any other. */
export async function realImages(archive) {
  const whole = await loadImageSet(archive);
  const few = whole.classNames.length > 10;
  const known = tenOfHundred.every((name) => whole.classNames.includes(name));
  const set = few ? selectClasses(whole, known ? tenOfHundred : [...Array(10).keys()]) : whole;
  const [train, test] = [subset(set.train, perClass.train), subset(set.test, perClass.test)];
  return writeNpz({
    x_train: { shape: train.shape, data: train.images },
    y_train: { shape: [train.labels.length], data: train.labels },
    x_test: { shape: test.shape, data: test.images },
    y_test: { shape: [test.labels.length], data: test.labels },
    class_names: { shape: [set.classNames.length], data: set.classNames },
  });
}

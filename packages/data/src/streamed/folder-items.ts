/** @file Labelled photographs in class folders. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { MissingDataError } from "../errors.ts";
import { classFolders } from "../imagenet/make-label-map.ts";
import { permutation } from "../pipeline/permutation.ts";
import { sorted } from "../workers/find-images.ts";
import type { ImageItem, ImageItems, ItemOrder } from "./image-items.ts";

/** Files of `<folder>/<class>/<file>`; classes are numbered by name. */
export class FolderItems implements ImageItems {
  readonly name: string;
  readonly classNames: readonly string[];
  readonly oneHot = false;
  readonly storage = "jpeg";
  readonly #files: readonly ImageItem[];

  private constructor(name: string, classNames: readonly string[], files: readonly ImageItem[]) {
    this.name = name;
    this.classNames = classNames;
    this.#files = files;
  }

  /** @throws MissingDataError where there are no class folders, or no PNG or JPEG files in them */
  static async open(folder: string): Promise<FolderItems> {
    const classNames = await classFolders(folder);
    const files: ImageItem[] = [];
    for (const [label, name] of classNames.entries()) {
      const found = (await readdir(join(folder, name))).filter((file) => /^[^.].*\.(jpe?g|png)$/i.test(file));
      files.push(...sorted(found).map((file) => ({ source: join(folder, name, file), label })));
    }
    if (files.length === 0) throw new MissingDataError(`${folder}: no .jpg, .jpeg or .png file in its class folders`);
    return new FolderItems(folder, classNames, files);
  }

  get count(): number {
    return this.#files.length;
  }

  async *items({ shuffle, seed, epoch, from, wanted }: ItemOrder): AsyncGenerator<ImageItem, void, undefined> {
    const order = shuffle ? permutation(this.count, { seed, epoch }) : Array.from({ length: this.count }, (_, i) => i);
    for (let place = from; place < this.count; place++) {
      if (!wanted || wanted(place)) yield this.#files[order[place]!]!;
    }
  }

  async close(): Promise<void> {}
}

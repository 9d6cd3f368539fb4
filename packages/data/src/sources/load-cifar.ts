import type { Stats } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { ArgumentError, MissingDataError, quote } from "../errors.ts";
import {
  assembleCifar,
  CIFAR_LAYOUTS,
  type Cifar,
  type CifarLabels,
  type CifarLayout,
  type Member,
  memberNames,
} from "./cifar.ts";
import { readTarGz } from "./tar-gz.ts";

const HOME = "https://www.cs.toronto.edu/~kriz/cifar.html";

/**
 * Reads CIFAR-100 or CIFAR-10 as published for Python, whichever is found.
 *
 * @param path the `.tar.gz`; or the extracted folder (`cifar-100-python`, `cifar-10-batches-py`); or a folder with one
 *   of these in it. An extracted folder is preferred to an archive beside it.
 * @param options.labels which of CIFAR-100's labels become `labels`: `"fine"`, 100 classes (default; `coarseLabels`
 *   has the other), or `"coarse"`, 20 superclasses.
 * @returns uint8 images [N, 32, 32, 3] and int32 labels, in the archive's order, with the names of the classes.
 * @throws MissingDataError, CorruptArchiveError, PickleError or CorruptRecordError, naming file, member and record.
 * @see https://www.cs.toronto.edu/~kriz/cifar.html
 *
 * @example
 * const { train, test, classNames } = await loadCifar("data/cifar-100-python.tar.gz");
 * train.shape; // [50000, 32, 32, 3]
 */
export async function loadCifar(path: string, options: { labels?: CifarLabels } = {}): Promise<Cifar> {
  const { labels = "fine" } = options;
  if (labels !== "fine" && labels !== "coarse") {
    throw new ArgumentError(`loadCifar: labels: expected "fine" or "coarse", got ${quote(String(labels))}`);
  }
  const found = await locate(path);
  if (found.layout) return assembleCifar(found.layout, folderMembers(found), labels, found.path);
  return loadArchive(found.path, labels);
}

/** An archive tells by its members which set it is, so the first of them is read before the rest is begun. */
async function loadArchive(path: string, labels: CifarLabels): Promise<Cifar> {
  const members = readTarGz(path, (name) => identify(name) !== undefined);
  const first = await members.next();
  const layout = first.done ? undefined : identify(first.value.name)!.layout;
  if (first.done || !layout) {
    const expected = CIFAR_LAYOUTS.map((each) => `${each.folder}/${each.meta}`).join(" or ");
    throw new MissingDataError(`${path}: expected an archive with ${expected}, found neither; see ${HOME}`);
  }
  async function* all(): AsyncGenerator<Member> {
    for (let next = first; !next.done; next = await members.next()) {
      const known = identify(next.value.name)!;
      const source = `${path}: member ${next.value.name}`;
      if (known.layout === layout) yield { name: known.member, bytes: next.value.bytes, source };
    }
  }
  try {
    return await assembleCifar(layout, all(), labels, path);
  } finally {
    await members.return(undefined);
  }
}

/** Which set a member of an archive belongs to; undefined for one that is not needed. */
function identify(name: string): { layout: CifarLayout; member: string } | undefined {
  const [folder, member, ...rest] = name.replace(/^\.\//, "").split("/");
  const layout = CIFAR_LAYOUTS.find((each) => each.folder === folder);
  if (!layout || member === undefined || rest.length > 0) return undefined;
  return memberNames(layout).includes(member) ? { layout, member } : undefined;
}

async function* folderMembers({ path, layout }: { path: string; layout: CifarLayout }): AsyncGenerator<Member> {
  for (const name of memberNames(layout)) {
    const source = join(path, name);
    if (!(await statOf(source))?.isFile()) {
      throw new MissingDataError(
        `${source}: no such file; ${layout.name} is not complete here: extract the archive again`,
      );
    }
    yield { name, bytes: await readFile(source), source };
  }
}

type Location = { path: string; layout: CifarLayout } | { path: string; layout?: undefined };

/** Finds the data at or in `path`: an extracted folder with its layout, or an archive. */
async function locate(path: string): Promise<Location> {
  const found = await statOf(path);
  if (!found) throw new MissingDataError(`${resolve(path)}: no such file or folder; get CIFAR from ${HOME}`);
  if (!found.isDirectory()) return { path };
  const locations: Location[] = [];
  for (const layout of CIFAR_LAYOUTS) {
    const location = await locateIn(path, layout);
    if (location) locations.push(location);
  }
  if (locations.length > 1) {
    const names = locations.map((each) => basename(each.path)).join(" and ");
    throw new ArgumentError(`loadCifar: path: expected one data set in ${path}, found ${names}; pass one of them`);
  }
  if (locations[0]) return locations[0];
  const expected = CIFAR_LAYOUTS.flatMap((each) => [each.folder, each.archive]).join(", ");
  throw new MissingDataError(`${resolve(path)}: expected one of ${expected} in this folder, found none; see ${HOME}`);
}

async function locateIn(path: string, layout: CifarLayout): Promise<Location | undefined> {
  for (const folder of [path, join(path, layout.folder)]) {
    for (const name of memberNames(layout)) {
      if ((await statOf(join(folder, name)))?.isFile()) return { path: folder, layout };
    }
  }
  const archive = join(path, layout.archive);
  return (await statOf(archive))?.isFile() ? { path: archive } : undefined;
}

async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
}

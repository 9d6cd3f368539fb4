import type { Stats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { readTarGz } from "../archive/tar-gz.ts";
import { ArgumentError, MissingDataError } from "../errors.ts";
import { assembleCifar, type Cifar, type CifarLabels, type Member } from "./cifar.ts";
import { assembleCifarArchive, checkLabels, HOME, isCifarMember } from "./cifar-archive.ts";
import { CIFAR_LAYOUTS, type CifarLayout, memberNames } from "./cifar-layout.ts";

/**
 * Reads CIFAR-100 or CIFAR-10 as published for Python or as binary batches, whichever is found.
 *
 * @param path the `.tar.gz`; or the extracted folder (`cifar-100-python`, `cifar-10-batches-py`, `cifar-100-binary`,
 *   `cifar-10-batches-bin`); or a folder with one of these in it. Of several with the same set the first that is whole
 *   is read: extracted before packed, Python's before binary. An unfinished download (`*.partial`) is never read.
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
  checkLabels("loadCifar", labels);
  const found = await locate(path);
  if (found.layout) return assembleCifar(found.layout, folderMembers(found.path, found.layout), labels, found.path);
  return (await loadCifarArchive(found.path, labels)).data;
}

/** Reads an archive, and says how it is laid out. */
export async function loadCifarArchive(
  path: string,
  labels: CifarLabels = "fine",
): Promise<{ data: Cifar; layout: CifarLayout }> {
  return assembleCifarArchive(readTarGz(path, isCifarMember), labels, path);
}

async function* folderMembers(path: string, layout: CifarLayout): AsyncGenerator<Member> {
  for (const name of memberNames(layout)) {
    const source = join(path, name);
    if (!(await isFile(source))) {
      const problem = `${layout.name} is not complete here: extract or download it again`;
      throw new MissingDataError(`${source}: no such file; ${problem}`);
    }
    yield { name, bytes: await readFile(source), source };
  }
}

/** An extracted folder with its layout, or an archive. */
interface Location {
  readonly path: string;
  readonly layout?: CifarLayout;
}

interface Candidate extends Location {
  readonly set: CifarLayout["name"];
  readonly whole: boolean;
}

/** Finds the data at or in `path`. */
async function locate(path: string): Promise<Location> {
  const found = await statOf(path);
  if (!found) throw new MissingDataError(`${resolve(path)}: no such file or folder; get CIFAR from ${HOME}`);
  if (!found.isDirectory()) {
    if (path.endsWith(unfinished)) throw new MissingDataError(`${resolve(path)}: ${finish}`);
    return { path };
  }
  const candidates = await candidatesIn(path);
  const sets = [...new Set(candidates.map(({ set }) => set))].map((set) => {
    const same = candidates.filter((each) => each.set === set);
    return same.find(({ whole }) => whole) ?? same[0]!;
  });
  if (sets.length > 1) {
    const names = sets.map((each) => basename(each.path)).join(" and ");
    throw new ArgumentError(`loadCifar: path: expected one data set in ${path}, found ${names}; pass one of them`);
  }
  if (sets[0]) return sets[0];
  throw new MissingDataError(await nothingIn(path));
}

const unfinished = ".partial";
const finish = "an unfinished download; run the same download again to finish it";

async function nothingIn(path: string): Promise<string> {
  const partial = (await readdir(path)).find((name) => name.endsWith(unfinished));
  if (partial !== undefined) return `${resolve(path, partial)}: ${finish}`;
  const expected = CIFAR_LAYOUTS.flatMap((each) => [each.folder, each.archive]).join(", ");
  return `${resolve(path)}: expected one of ${expected} in this folder, found none; see ${HOME}`;
}

/** Whether a folder has CIFAR in any of its layouts, or is one. */
export async function holdsCifar(path: string): Promise<boolean> {
  return (await candidatesIn(path)).length > 0;
}

/** What `path` has of either set: extracted before packed, each in the order of the layouts. */
async function candidatesIn(path: string): Promise<Candidate[]> {
  const extracted: Candidate[] = [];
  const packed: Candidate[] = [];
  for (const layout of CIFAR_LAYOUTS) {
    for (const folder of [path, join(path, layout.folder)]) {
      const present = await Promise.all(memberNames(layout).map((name) => isFile(join(folder, name))));
      if (present.includes(true)) {
        extracted.push({ path: folder, layout, set: layout.name, whole: !present.includes(false) });
      }
    }
    const archive = join(path, layout.archive);
    if (await isFile(archive)) packed.push({ path: archive, set: layout.name, whole: true });
  }
  return [...extracted, ...packed];
}

async function isFile(path: string): Promise<boolean> {
  return (await statOf(path))?.isFile() ?? false;
}

async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
}

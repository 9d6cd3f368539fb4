import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { DataError, MissingDataError } from "../errors.ts";
import { writeText } from "../processed/whole-file.ts";
import { sorted } from "../workers/find-images.ts";
import { type LabelMap, list } from "./label-map.ts";

/** Options of {@link makeLabelMap}. */
export interface LabelMapOptions {
  /**
   * A list of WordNet ids that says which number each class has, as text: a line a class, `n01440764 tench, Tinca tinca`
   * (numbers by order), or `n01440764 1 tench` (numbers given, from 0 or 1). Folders bear ids or names.
   */
  readonly wnids?: string | undefined;
  readonly oneHot?: boolean | undefined;
}

/**
 * The label map of a folder of class folders: numbers in the order of the names, or as `wnids` says.
 *
 * @throws MissingDataError where there are no class folders; DataError that lists folders which the list does not have,
 *   names that are two ids', ids given twice, gaps
 */
export async function makeLabelMap(folder: string, { wnids, oneHot = false }: LabelMapOptions = {}): Promise<LabelMap> {
  const folders = await classFolders(folder);
  const order = wnids === undefined ? folders : ordered(folders, wnids);
  const label = (number: number) => (oneHot ? order.map((_, place) => (place === number ? 1 : 0)) : number);
  return Object.fromEntries(order.map((name, number) => [name, label(number)]));
}

/** Writes a label map as JSON, a class a line, whole or not at all; makes its folder. */
export async function writeLabelMap(path: string, map: LabelMap): Promise<void> {
  const lines = Object.entries(map).map(([name, label]) => `  ${JSON.stringify(name)}: ${JSON.stringify(label)}`);
  await writeText(path, `{\n${lines.join(",\n")}\n}\n`);
}

/** Names of the folders in a folder, sorted. */
export async function classFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new MissingDataError(`${folder}: cannot be listed (${cause.code}): expected a folder of class folders`, {
      cause,
    });
  });
  const visible = entries.filter((entry) => !entry.isFile() && !entry.name.startsWith(".")).map(({ name }) => name);
  // A link may lead to a folder or to a file.
  const found = await Promise.all(visible.map((name) => stat(join(folder, name)).catch(() => undefined)));
  const names = visible.filter((_, i) => found[i]?.isDirectory());
  if (names.length === 0) throw new MissingDataError(`${folder}: expected a folder for each class, found none`);
  return sorted(names);
}

interface Line {
  readonly wnid: string;
  readonly number: number | undefined;
  /** `tench` of `tench, Tinca tinca`, with `_` for spaces, as folders are named. */
  readonly name: string;
}

/** Names of classes in the order of their numbers: of every class of the list, whether it has a folder or not. */
function ordered(folders: readonly string[], text: string): string[] {
  const lines = numbered(parseLines(text));
  const byId = new Set(lines.map(({ wnid }) => wnid));
  const areIds = folders.every((folder) => byId.has(folder));
  if (areIds) return lines.map(({ wnid }) => wnid);
  const byName = new Map<string, string[]>();
  for (const { name, wnid } of lines) byName.set(name, [...(byName.get(name) ?? []), wnid]);
  const unknown = folders.filter((folder) => !byName.has(folder) && !byId.has(folder));
  if (unknown.length > 0) throw new DataError(`wnids: not in the list: ${list(unknown)}`);
  const mixed = folders.filter((folder) => byId.has(folder));
  if (mixed.length > 0) throw new DataError(`wnids: folders bear names, but these bear ids: ${list(mixed)}`);
  const shared = [...byName].filter(([, ids]) => ids.length > 1);
  const collided = shared.map(([name, ids]) => `${name} (${ids.join(", ")})`);
  if (shared.length > 0) {
    throw new DataError(
      `wnids: names of more than one class: ${list(collided)}\n  hint: name the folders by their ids`,
    );
  }
  return lines.map(({ name }) => name);
}

function parseLines(text: string): Line[] {
  return text.split(/\r?\n/).flatMap((line, i) => {
    if (line.trim() === "" || line.trim() === "LOC_synset_mapping") return [];
    const match = /^\s*(n\d{8})(?:[\s,:]+(\d+)(?=\s|$))?[\s,:]*([^,]*)/.exec(line);
    if (!match)
      throw new DataError(`wnids: line ${i + 1}: expected an id as n01440764, then perhaps its number or name`);
    const [, wnid, number, name] = match;
    return [
      {
        wnid: wnid!,
        number: number === undefined ? undefined : Number(number),
        name: name!.trim().replaceAll(" ", "_"),
      },
    ];
  });
}

function numbered(lines: readonly Line[]): readonly Line[] {
  const ids = lines.map(({ wnid }) => wnid);
  const twice = sorted([...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))]);
  if (twice.length > 0) throw new DataError(`wnids: ids given more than once: ${list(twice)}`);
  const given = lines.filter(({ number }) => number !== undefined);
  if (given.length === 0) return lines;
  if (given.length < lines.length) {
    throw new DataError(`wnids: expected a number on every line or on none, got ${given.length} on ${lines.length}`);
  }
  const first = Math.min(...given.map(({ number }) => number!));
  const places = new Map(lines.map((line) => [line.number! - first, line]));
  const missing = lines.map((_, i) => i).filter((i) => !places.has(i));
  if (first > 1 || missing.length > 0) {
    const shown = first > 1 ? `they start at ${first}` : `missing: ${list(missing.map((i) => String(i + first)))}`;
    throw new DataError(`wnids: expected ${lines.length} numbers in a row from 0 or 1; ${shown}`);
  }
  return lines.map((_, i) => places.get(i)!);
}

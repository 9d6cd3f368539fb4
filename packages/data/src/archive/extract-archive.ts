import { lstat, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ArgumentError, CorruptArchiveError, MissingDataError } from "../errors.ts";
import { entryFault, entryParts } from "./entry-path.ts";
import { UnsafeEntryError } from "./errors.ts";
import { type ArchiveLimits, DEFAULT_ARCHIVE_LIMITS, type TarEntry, TarGz } from "./tar-gz.ts";

export interface ExtractOptions extends Partial<ArchiveLimits> {
  /** Where the folder goes. Default: beside the archive. */
  readonly dir?: string;
  /** Extracts it again where the folder is there, and replaces it. Default: false. */
  readonly force?: boolean;
  readonly onProgress?: (progress: ExtractProgress) => void;
  /** Told in a line when the folder is there already. */
  readonly onNote?: (note: string) => void;
  /** Stops between two members; nothing is left of it. */
  readonly signal?: AbortSignal;
}

/** Counts bytes of the archive as it lies on disk. */
export interface ExtractProgress {
  readonly bytes: number;
  readonly total: number;
  readonly entries: number;
}

export interface Extracted {
  readonly folder: string;
  /** Files and folders that were written; 0 when it was there before. */
  readonly entries: number;
  /** True when the folder was there before and is untouched. */
  readonly present: boolean;
}

/**
 * Extracts a `.tar.gz` to a folder: the one that all its members lie in (`cifar-100-python`), or else one that is named
 * like the archive. It is written to a hidden folder beside its place, synced to the disk, and renamed, so that what
 * has the folder's name is whole, however the process ends.
 *
 * A member is refused by name, and nothing is kept, if its path is absolute, has `..`, a backslash or a drive letter, if
 * it is a link, a device or a pipe, or if the name comes twice. Modes and owners are not taken over.
 *
 * @throws UnsafeEntryError; CorruptArchiveError for a damaged archive and one past `maxEntries` or `maxBytes`.
 */
export async function extractArchive(path: string, options: ExtractOptions = {}): Promise<Extracted> {
  const { dir = dirname(path), force = false, onProgress, onNote, signal, ...limits } = options;
  const total = await sizeOf(path);
  const name = basename(path).replace(/(\.tar\.gz|\.tgz)$/i, "");
  const folder = await presentFolder(path, dir, name);
  if (folder !== undefined && !force) {
    onNote?.(`${folder} already present - Skipping extraction of ${path}.`);
    return { folder, entries: 0, present: true };
  }
  await mkdir(dir, { recursive: true });
  await removeLeftovers(dir, name);
  const work = join(dir, `.${name}.${process.pid}.extracting`);
  await mkdir(work);
  const archive = new TarGz(path);
  try {
    let entries = 0;
    const bounds = { ...DEFAULT_ARCHIVE_LIMITS, ...limits };
    const report = (bytes: number) => onProgress?.({ bytes, total, entries });
    for await (const entry of archive.entries(bounds, ({ bytes }) => report(bytes))) {
      signal?.throwIfAborted();
      await writeEntry(path, entry, work);
      entries++;
    }
    report(total);
    return { folder: await moveIntoPlace(path, work, dir, name, force), entries, present: false };
  } catch (error) {
    throw archive.explain(error);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function writeEntry(archive: string, entry: TarEntry, work: string): Promise<void> {
  const { header } = entry;
  const fault = entryFault(header);
  if (fault !== undefined) throw new UnsafeEntryError(archive, header.name, fault);
  const target = join(work, ...entryParts(header.name));
  try {
    if (header.type === "directory") {
      await mkdir(target, { recursive: true });
      entry.resume();
      return;
    }
    await mkdir(dirname(target), { recursive: true });
    await writeFile(entry, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENAMETOOLONG") throw new UnsafeEntryError(archive, header.name, "its name is too long");
    if (code !== "EEXIST" && code !== "ENOTDIR" && code !== "EISDIR") throw error;
    throw new UnsafeEntryError(archive, header.name, "another member has its place");
  }
}

/** Writes a new file and has it on the disk when it is done. */
async function writeFile(entry: TarEntry, target: string): Promise<void> {
  // Not a write stream with `flush`: destroyed while it opens, Node 20's never closes.
  const file = await open(target, "wx");
  try {
    for await (const chunk of entry as AsyncIterable<Uint8Array>) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The folder that an earlier extraction left: named like the archive, or like what its first member lies in. */
async function presentFolder(path: string, dir: string, name: string): Promise<string | undefined> {
  if (await isFolder(join(dir, name))) return join(dir, name);
  const archive = new TarGz(path);
  try {
    for await (const { header } of archive.entries()) {
      const parts = entryFault(header) === undefined ? entryParts(header.name) : [];
      if (parts.length === 0) return undefined;
      const top = join(dir, parts[0]!);
      return (parts.length > 1 || header.type === "directory") && (await isFolder(top)) ? top : undefined;
    }
  } catch (error) {
    throw archive.explain(error);
  }
  throw new CorruptArchiveError(`${path}: expected an archive with files, found an empty one`, 0);
}

/** What a killed extraction of the same archive left, unless its process still runs. */
async function removeLeftovers(dir: string, name: string): Promise<void> {
  for (const each of await readdir(dir)) {
    if (!each.startsWith(`.${name}.`)) continue;
    const [, own] = /^(\d+)\.extracting(\.old)?$/.exec(each.slice(name.length + 2)) ?? [];
    if (own === undefined) continue;
    const pid = Number(own);
    if (pid === process.pid || !isRunning(pid)) await rm(join(dir, each), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function moveIntoPlace(path: string, work: string, dir: string, name: string, force: boolean): Promise<string> {
  const tops = await readdir(work);
  if (tops.length === 0) throw new CorruptArchiveError(`${path}: expected an archive with files, found none`, 0);
  const single = tops.length === 1 && (await isFolder(join(work, tops[0]!)));
  const [from, folder] = single ? [join(work, tops[0]!), join(dir, tops[0]!)] : [work, join(dir, name)];
  if (!force && (await exists(folder))) {
    throw new ArgumentError(
      `${folder}: is there already, and nothing of ${path} is written\n  hint: force replaces it`,
    );
  }
  const old = `${work}.old`;
  await syncFolder(from);
  const replaced = await rename(folder, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
  await rename(from, folder);
  await syncFolder(dir);
  if (replaced) await rm(old, { recursive: true, force: true });
  return folder;
}

/** Windows syncs no folders, and needs not. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  await folder.sync().finally(() => folder.close());
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (found?.isFile()) return found.size;
  throw new MissingDataError(
    `${resolve(path)}: ${found ? "expected an archive, found no regular file" : "no such file"}`,
  );
}

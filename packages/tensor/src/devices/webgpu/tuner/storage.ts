/** @file Where winners are kept between runs: a file in Node, localStorage in a browser, or wherever a program says. */

/** A place that keeps one text. */
export interface TunerStorage {
  /** Names it in messages. */
  readonly name: string;
  /** The text; `null` if there is none yet. */
  load(): Promise<string | null>;
  save(text: string): Promise<void>;
}

/** A file in Node; it is replaced as a whole, so that a reader never sees half of it. */
export function fileStorage(path: string): TunerStorage {
  const { readFile, writeFile, rename, mkdir, rm } = process.getBuiltinModule("node:fs/promises");
  const { dirname } = process.getBuiltinModule("node:path");
  return {
    name: path,
    load: async () => {
      try {
        return await readFile(path, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
        throw error;
      }
    },
    save: async (text) => {
      await mkdir(dirname(path), { recursive: true });
      const partial = `${path}.${process.pid}.tmp`;
      try {
        await writeFile(partial, text);
        await rename(partial, path);
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
    },
  };
}

/**
 * The file that `TESSERA_TUNE_CACHE` names, else `tessera/tuned.json` in the user's cache folder; in a browser an entry
 * of localStorage; `null` where there is neither.
 */
export function defaultStorage(): TunerStorage | null {
  if (typeof process !== "undefined" && typeof process.getBuiltinModule === "function") {
    return fileStorage(process.env.TESSERA_TUNE_CACHE || cachePath());
  }
  return typeof localStorage === "undefined" ? null : browserStorage();
}

function cachePath(): string {
  const { join } = process.getBuiltinModule("node:path");
  const home = process.getBuiltinModule("node:os").homedir();
  const folders: Partial<Record<NodeJS.Platform, string | undefined>> = {
    darwin: join(home, "Library", "Caches"),
    win32: process.env.LOCALAPPDATA,
  };
  return join(
    folders[process.platform] ?? (process.env.XDG_CACHE_HOME || join(home, ".cache")),
    "tessera",
    "tuned.json",
  );
}

function browserStorage(): TunerStorage {
  const key = "tessera-tuned";
  return {
    name: `localStorage "${key}"`,
    load: async () => localStorage.getItem(key),
    save: async (text) => localStorage.setItem(key, text),
  };
}

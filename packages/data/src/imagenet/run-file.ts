/** @file `run.json` in the folder of the records: which config they are of. */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { DataError } from "../errors.ts";
import { type RunDescription, sha256 } from "./plan.ts";
import { OvertakenError, writeWhole } from "./shard-file.ts";

/**
 * Makes the folder known as this run's, or checks that it is.
 *
 * @returns what shards of this run are marked with
 * @throws DataError naming every field that differs where the folder is another run's
 */
export async function claimFolder(folder: string, description: RunDescription): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, "run.json");
  const text = `${JSON.stringify(description, null, 2)}\n`;
  const before = (await readText(path)) ?? (await writeFirst(path, text));
  if (before !== text) throw new DataError(differences(path, before, description));
  return sha256(text).slice(0, 16);
}

/** Many processes may begin at once: whoever loses the race takes what the winner wrote. */
async function writeFirst(path: string, text: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      await writeWhole(path, text);
      return text;
    } catch (error) {
      await setTimeout(50 * (1 + attempt));
      const found = await readText(path);
      if (found !== undefined) return found;
      if (attempt === 20 || !(error instanceof OvertakenError)) throw error;
    }
  }
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

function differences(path: string, before: string, now: RunDescription): string {
  let then: Record<string, unknown>;
  try {
    then = JSON.parse(before) as Record<string, unknown>;
  } catch {
    return `${path}: expected the JSON that an earlier run wrote\n  hint: write to another record_path`;
  }
  const fields = Object.entries(now).filter(([key, value]) => JSON.stringify(then[key]) !== JSON.stringify(value));
  const shown = fields.map(([key, value]) => `${key} was ${JSON.stringify(then[key])} and is ${JSON.stringify(value)}`);
  return `${path}: the records there are of another config: ${shown.join("; ")}\n  hint: go on with that config, or write to another record_path`;
}

/** Removes what runs left in the folder: records of these splits, their marks and descriptions. Nothing else. */
export async function clearFolder(folder: string, splits: readonly string[]): Promise<void> {
  for (const name of ["run.json", "manifest.json", "tfds", "quarantine"]) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
  for (const split of splits) {
    const names = await readdir(join(folder, split)).catch(() => []);
    const ours = names.filter(
      (name) => name.startsWith(`${split}-`) && /-\d+\.(tfrecord|stats\.json)(\.\d+\.tmp)?$/.test(name),
    );
    for (const name of ours) await rm(join(folder, split, name));
  }
}

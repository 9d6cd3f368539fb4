/** @file The built command in a process of its own, for stories. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");

/** Runs it in a folder, to its end. */
export function commandIn(cwd: string) {
  if (!existsSync(join(root, "packages/cli/dist/main.js"))) throw new Error("the command is not built: npm run build");
  return (...args: string[]) => spawnSync(process.execPath, [command, ...args], { cwd, encoding: "utf8" });
}

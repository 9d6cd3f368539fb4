// Packs a package as it would be published: pnpm resolves `workspace:` versions and applies `publishConfig`.
import { spawnSync } from "node:child_process";
import { pnpmScript } from "./bootstrap.mjs";

/** Packs the package in `source` into the folder `target`. Gives the archive's path. Throws with pnpm's message. */
export function pack(source, target) {
  const script = pnpmScript();
  if (!script) throw new Error("pack: pnpm is not there yet: run `npm run setup` first");
  const args = [script, "pack", "--json", "--pack-destination", target];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: source, encoding: "utf8" });
  if (status !== 0) throw new Error(`pack: pnpm failed in ${source}\n${stdout}${stderr}`);
  return JSON.parse(stdout.slice(stdout.indexOf("{"))).filename;
}

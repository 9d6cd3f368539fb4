// Packs a package as it would be published: pnpm resolves `workspace:` versions and applies `publishConfig`.
//
//   npm run pack [-- folder]
//
// As a program it packs every package into a folder (default: packed), ready for `npm install packed/*.tgz` elsewhere.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { installAndBuild, pnpmScript, root } from "./bootstrap.mjs";

/** Packs the package in `source` into the folder `target`. Gives the archive's path. Throws with pnpm's message. */
export function pack(source, target) {
  const script = pnpmScript();
  if (!script) throw new Error("pack: pnpm is not there yet: run `npm run setup` first");
  const args = [script, "pack", "--json", "--pack-destination", target];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: source, encoding: "utf8" });
  if (status !== 0) throw new Error(`pack: pnpm failed in ${source}\n${stdout}${stderr}`);
  return JSON.parse(stdout.slice(stdout.indexOf("{"))).filename;
}

async function packAll(target) {
  const status = await installAndBuild();
  if (status !== 0) return status;
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(join(root, "packages")).sort()) {
    const source = join(root, "packages", name);
    if (JSON.parse(readFileSync(join(source, "package.json"), "utf8")).private) continue;
    console.log(relative(process.cwd(), pack(source, target)));
  }
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await packAll(resolve(process.argv[2] ?? join(root, "packed")));
}

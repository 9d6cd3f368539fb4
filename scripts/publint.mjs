// Packs every package that may be published, as it would be published, and lints each archive with publint.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, runTool } from "./bootstrap.mjs";
import { pack } from "./pack.mjs";

const folder = mkdtempSync(join(tmpdir(), "tessera-publint-"));
let failures = 0;
try {
  for (const name of readdirSync(join(root, "packages")).sort()) {
    const manifest = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
    if (manifest.private) continue;
    const archive = pack(join(root, "packages", name), folder);
    if ((await runTool("publint", ["run", archive, "--strict"])) !== 0) failures++;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failures > 0 ? 1 : 0;

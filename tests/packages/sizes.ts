/** @file What packages take on disk, beside what the README says. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "../architecture/sources.ts";

/** Bytes of a package's archive, of its own files, and of all that an install of it brings. */
export interface PackageSizes {
  readonly archive: number;
  readonly unpacked: number;
  readonly installed: number;
}

/** The README's table of sizes, in bytes, by the package's name. */
export function sizesInReadme(): ReadonlyMap<string, PackageSizes> {
  const rows = readFileSync(join(root, "README.md"), "utf8").matchAll(/^\| `@tessera\/(\w+)` +\| (.*) \|$/gm);
  return new Map(
    [...rows].map(([, name, cells]) => {
      const [archive, unpacked, installed] = cells!.split("|").map(bytesOf);
      return [name!, { archive: archive!, unpacked: unpacked!, installed: installed! }];
    }),
  );
}

function bytesOf(cell: string): number {
  const [, value, unit] = /^([\d.]+) (kB|MB)$/.exec(cell.trim()) ?? [];
  if (!value) throw new Error(`README.md: "${cell.trim()}" is no size`);
  return Number(value) * (unit === "kB" ? 1e3 : 1e6);
}

/** Bytes of all files in a folder; links are not followed. */
export function bytesIn(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** Sizes that differ from the README's by more than 5 %, a line each. */
export function staleSizes(name: string, found: PackageSizes, said: PackageSizes | undefined): string[] {
  if (!said) return [`README.md: the table of sizes has no @tessera/${name}`];
  return (Object.keys(found) as (keyof PackageSizes)[])
    .filter((what) => !(Math.abs(found[what] / said[what] - 1) <= 0.05))
    .map((what) => `README.md: @tessera/${name}, ${what}: ${found[what]} bytes, and not ${said[what]}`);
}

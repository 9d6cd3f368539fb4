/** @file What the packages export, beside a listing that is committed: a name comes or goes in nobody's sight no longer. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { exportedNames } from "./architecture/exported-names.ts";
import { readManifests, root } from "./architecture/sources.ts";

it("is what tests/architecture/exports.txt says (`npm run exports` writes it anew)", async () => {
  const entries = [...readManifests()].flatMap(([folder, { name, exports = {}, bin = {} }]) => [
    ...Object.entries(exports).map(([entry, conditions]) => {
      const source = readFileSync(join(root, "packages", folder, conditions["tessera-source"]!), "utf8");
      return [name + entry.slice(1), ...exportedNames(source).map((line) => `  ${line}`)].join("\n");
    }),
    ...Object.keys(bin).map((program) => `${name}\n  program ${program}`),
  ]);
  await expect(`${entries.sort().join("\n\n")}\n`).toMatchFileSnapshot("architecture/exports.txt");
});

it("sees functions, classes, types and what is re-exported under another name", () => {
  const source = `
    export { a, type B, c as d } from "./a.ts";
    export type { E } from "./e.ts";
    export async function f() {}
    export const g = 1, h = 2;
    export class I {}
    export interface J {}
    const hidden = 3;`;
  expect(exportedNames(source)).toEqual(["a", "d", "f", "g", "h", "I", "type B", "type E", "type J"]);
});

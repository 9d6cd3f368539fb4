/** @file The examples run with one command after the build, and do what they say. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRepository, root, under } from "./architecture/sources.ts";

const folder = join(root, "examples");

/** What an example prints, line by line. */
function run(example: string): string[] {
  const output = execFileSync(process.execPath, [join(folder, example, "main.js"), "cpu"], { encoding: "utf8" });
  return output.trim().split("\n");
}

/** The numbers behind a word, in the order of the lines. */
function numbersBehind(word: string, lines: readonly string[]): number[] {
  return lines.flatMap((line) => new RegExp(`${word} (-?[\\d.]+)`).exec(line)?.slice(1).map(Number) ?? []);
}

describe("examples", () => {
  const repository = readRepository();

  it.each(readdirSync(folder))("%s imports what its manifest names, and no more", (example) => {
    const { dependencies } = JSON.parse(readFileSync(join(folder, example, "package.json"), "utf8"));
    const imports = under(repository, `examples/${example}`).flatMap((source) => source.imports);
    const packages = imports
      .filter((specifier) => !specifier.startsWith(".") && !specifier.startsWith("node:"))
      .map((specifier) =>
        specifier
          .split("/")
          .slice(0, specifier.startsWith("@") ? 2 : 1)
          .join("/"),
      );
    // The command is no library: what starts it is not an import.
    const libraries = Object.keys(dependencies).filter((name) => name !== "@tessera/cli");
    expect([...new Set(packages)].sort()).toEqual(libraries.sort());
  });

  it("linear-regression finds the plane again", () => {
    const lines = run("linear-regression");
    const losses = numbersBehind("loss", lines);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 1000);
    const found = /^y = (\S+) x1 \+ (\S+) x2 \+ (\S+)$/.exec(lines.at(-1)!)!.slice(1).map(Number);
    // Of 200 points with a deviation of 0.05, the slopes' standard error is 0.05 √3 / √200 = 0.006; printed to 0.01.
    const errors = [3, -2, 0.5].map((expected, i) => Math.abs(found[i]! - expected));
    expect(Math.max(...errors)).toBeLessThan(0.03);
  });

  it("own-model learns, and its summary looks inside", () => {
    const lines = run("own-model");
    expect(lines.find((line) => line.includes("deep (Conv2D)"))).toMatch(/\(None, 6, 6, 8\) +584 +20,736 /);
    const losses = numbersBehind("loss", lines);
    expect(losses).toHaveLength(6);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
    expect(numbersBehind("accuracy", lines).at(-1)).toBeGreaterThan(0.9);
  });

  it("training-loop learns", () => {
    const lines = run("training-loop");
    const losses = numbersBehind("loss", lines);
    expect(losses).toHaveLength(8);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 4);
    expect(numbersBehind("accuracy", lines).at(-1)).toBeGreaterThan(0.9);
  });
});

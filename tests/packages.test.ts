/** @file Each package, packed as it would be published, holds what its manifest names and nothing odd. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pack } from "../scripts/pack.mjs";
import { type Manifest, readManifests, root } from "./architecture/sources.ts";
import { manifestFaults, oddFiles } from "./packages/archive.ts";

const published = [...readManifests()].filter(([, manifest]) => !manifest.private);

describe.each(published)("%s", (name, source) => {
  let folder: string;
  let files: string[];
  let manifest: Manifest;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), `tessera-${name}-`));
    const archive = pack(join(root, "packages", name), folder);
    execFileSync("tar", ["-xzf", archive, "-C", folder]);
    const listing = execFileSync("tar", ["-tzf", archive], { encoding: "utf8" });
    files = listing
      .split("\n")
      .flatMap((line) => (line && !line.endsWith("/") ? [line.replace(/^package\//, "")] : []));
    manifest = JSON.parse(readFileSync(join(folder, "package", "package.json"), "utf8"));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("holds what its manifest names", () => expect(manifestFaults(source, manifest, files)).toEqual([]));

  it("holds nothing else", () => expect(oddFiles(files)).toEqual([]));

  it("has a README and says under which licence it is", () => {
    expect(files).toContain("README.md");
    expect(files).toContain("LICENSE");
  });
});

describe("a published bundle", () => {
  it.each(published.filter(([, { exports }]) => exports))("of %s loads in plain Node", (name, { exports = {} }) => {
    const targets = Object.values(exports).map((conditions) => join(root, "packages", name, conditions.default ?? ""));
    expect(targets.filter((path) => !existsSync(path))).toEqual([]);
    const program = targets.map((path) => `await import(${JSON.stringify(pathToFileURL(path).href)});`).join("\n");
    const loaded = execFileSync(
      process.execPath,
      ["--input-type=module", "--eval", `${program} console.log("loaded")`],
      {
        encoding: "utf8",
        env: { ...process.env, NODE_OPTIONS: "" },
      },
    );
    expect(loaded).toBe("loaded\n");
  });
});

describe("the entries of tensor", () => {
  it("share their classes", async () => {
    const bundle = (entry: string) => import(pathToFileURL(join(root, "packages", "tensor", "dist", entry)).href);
    const [{ TesseraError }, { MismatchError }] = await Promise.all([bundle("index.js"), bundle("testing/index.js")]);
    expect(new MismatchError("sentence")).toBeInstanceOf(TesseraError);
  });
});

describe("an application that calls matmul alone", () => {
  it("bundles matmul alone: no other op, and no WebAssembly", async () => {
    const program =
      'import { matmul, openWebgpu } from "./packages/tensor/dist/index.js"; console.log(matmul, openWebgpu);';
    const options = { bundle: true, write: false, minify: true, format: "esm", logLevel: "error" } as const;
    const { outputFiles, warnings } = await build({ ...options, stdin: { contents: program, resolveDir: root } });
    expect(warnings).toEqual([]);
    const text = outputFiles[0]!.text;
    const ops = Array.from(text.matchAll(/name:"(\w+)"/g), (match) => match[1]!);
    expect(ops).toContain("matmul");
    // Its gradient reduces what was broadcast, and transposes. Nothing of it convolves, pools or normalises.
    expect(
      ops.filter((name) => !/^(matmul|matmulTiled|matmulQuads|quads16x16|reshape|expand|transpose)$/.test(name)),
    ).toEqual([]);
    expect(text.length).toBeLessThan(120_000);
  });
});

describe("the rules for archives", () => {
  const source: Manifest = {
    name: "a",
    exports: { ".": { "tessera-source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" } },
  };

  it("see files that are missing, sources that are named, and entries that were lost", () => {
    expect(manifestFaults(source, { ...source, bin: { a: "./bin/a.js" } }, ["dist/index.js"])).toEqual([
      "exports ./src/index.ts, which is not in the archive",
      "exports ./dist/index.d.ts, which is not in the archive",
      "bin names ./bin/a.js, which is not in the archive",
    ]);
    expect(manifestFaults(source, { name: "a", exports: {} }, [])).toEqual(["the published exports lack ."]);
    expect(
      manifestFaults(source, { ...source, dependencies: { b: "workspace:*" } }, [
        ...["src/index.ts", "dist/index.d.ts", "dist/index.js"],
      ]),
    ).toEqual(["b has the version workspace:*"]);
  });

  it("see tests, oracles, cases and sources", () => {
    const good = [
      "pretrained/cnn-cifar100.safetensors",
      "package.json",
      "README.md",
      "LICENSE",
      "dist/index.js",
      "dist/chunk-AB12.js.map",
      "bin/a.js",
    ];
    const odd = [
      "dist/a.test.js",
      "src/index.ts",
      "dist/ops/a.reference.js",
      "dist/a.cases.d.ts",
      "tsup.config.ts",
      "notes.txt",
    ];
    expect(oddFiles([...good, ...odd])).toEqual(odd);
  });
});

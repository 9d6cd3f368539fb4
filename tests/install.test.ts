/** @file Each package, from its archive alone: npm and pnpm install it into an empty folder, and its example runs there. */
import { execFile } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { checkPackage, Package } from "@arethetypeswrong/core";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pnpmScript } from "../scripts/bootstrap.mjs";
import { pack } from "../scripts/pack.mjs";
import { readManifests, root } from "./architecture/sources.ts";
import { type Registry, serveRegistry } from "./packages/registry.ts";
import { bytesIn, type PackageSizes, sizesInReadme, staleSizes } from "./packages/sizes.ts";

/** The example that needs each package and those beneath it, and the end of what it prints. */
const examples: Readonly<Record<string, readonly [example: string, output: RegExp]>> = {
  tensor: ["linear-regression", /^y = (2\.9|3\.0)\d x1 \+ -(1\.9|2\.0)\d x2 \+ 0\.\d+$/m],
  nn: ["own-model", /^of 256 others: accuracy (0\.9\d\d|1\.000)$/m],
  data: ["image-pipeline", /^epoch 1: 9 batches of \[60, 16, 16, 3\]$/m],
  tfrecord: ["photo-records", /^worker 0 of 2 got 50 records, first /m],
  safetensors: ["weights-by-range", /^read 17040 of 131728 bytes$/m],
  distributed: ["mean-of-ranks", /^1 of one process: mean 1, expected 1$/m],
  cli: ["from-the-terminal", /^of 60 test images [\d.]+ % are right$/m],
};

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "tessera-install-"));
const published = [...readManifests()].filter(([, manifest]) => !manifest.private).map(([name]) => name);
const libraries = [...readManifests()].filter(([, { exports }]) => exports);
const archives = new Map<string, string>();
let served: Registry;

beforeAll(async () => {
  const packed = new Map<string, ReturnType<typeof packedManifest>>();
  for (const name of published) {
    const archive = pack(join(root, "packages", name), folder);
    archives.set(name, archive);
    packed.set(archive, await packedManifest(archive));
  }
  // Without `webgpu`, 132 MB that are optional: what is installed has to work without it.
  served = await serveRegistry(packed as never, ["webgpu"]);
});

afterAll(() => {
  served?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function packedManifest(archive: string) {
  return JSON.parse((await run("tar", ["-xzOf", archive, "package/package.json"])).stdout);
}

/** The library's own way of unpacking keeps the last piece of an archive alone. */
async function unpacked(archive: string): Promise<Package> {
  const where = mkdtempSync(join(folder, "unpacked-"));
  await run("tar", ["-xzf", archive, "-C", where]);
  const { name, version } = await packedManifest(archive);
  const source = join(where, "package");
  const files = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name: file }) => join(parentPath, file))
    .map((path) => [`/node_modules/${name}/${relative(source, path)}`, new Uint8Array(readFileSync(path))] as const);
  return new Package(Object.fromEntries(files), name, version);
}

type Manager = "npm" | "pnpm";

/** Nothing of the machine's own cache or settings, and no install scripts. */
async function install(manager: Manager, what: readonly string[], where: string): Promise<void> {
  mkdirSync(where);
  writeFileSync(join(where, "package.json"), '{ "name": "empty", "private": true, "type": "module" }\n');
  const quiet = ["--ignore-scripts", `--registry=${served.url}`];
  const npm = ["install", "--no-audit", "--no-fund", `--cache=${join(folder, "npm-cache")}`, ...quiet, ...what];
  const stores = [`--store-dir=${join(folder, "pnpm-store")}`, `--config.cache-dir=${join(folder, "pnpm-cache")}`];
  const command =
    manager === "npm" ? ["npm", npm] : [process.execPath, [pnpmScript()!, "add", ...stores, ...quiet, ...what]];
  const env = { ...process.env, NODE_OPTIONS: "", npm_config_userconfig: join(folder, "none") };
  await run(command[0] as string, command[1] as string[], { cwd: where, env });
}

/** Of another platform than the README's table is for, an installed size is taken as it is said. */
function sizesOf(name: string, where: string): PackageSizes {
  const modules = join(where, "node_modules");
  const comparable = process.platform === "linux" && process.arch === "x64";
  return {
    archive: statSync(archives.get(name)!).size,
    unpacked: bytesIn(join(modules, "@tessera", name)),
    installed: comparable ? bytesIn(modules) : (sizesInReadme().get(name)?.installed ?? 0),
  };
}

it("stale sizes are seen", () => {
  const said = { archive: 1000, unpacked: 1000, installed: 1000 };
  expect(staleSizes("a", { archive: 1049, unpacked: 951, installed: 1000 }, said)).toEqual([]);
  expect(staleSizes("a", { archive: 1051, unpacked: 949, installed: 1000 }, said)).toHaveLength(2);
  expect(staleSizes("a", said, undefined)).toHaveLength(1);
});

describe.each(published)("%s", (name) => {
  it.each<Manager>(["npm", "pnpm"])("installs with %s, and its example runs", async (manager) => {
    const [example, output] = examples[name]!;
    const where = join(folder, `${name}-${manager}`);
    // pnpm shows a program what it asked for alone. The others come from the registry, or there would be two of them.
    const { dependencies } = JSON.parse(readFileSync(join(root, "examples", example, "package.json"), "utf8"));
    const others = Object.keys(dependencies).filter((full) => full !== `@tessera/${name}`);
    await install(manager, [archives.get(name)!, ...others], where);
    copyFileSync(join(root, "examples", example, "main.js"), join(where, "main.js"));
    const { stdout } = await run(process.execPath, ["main.js", "cpu"], {
      cwd: where,
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    expect(stdout).toMatch(output);
    if (manager === "npm") expect(staleSizes(name, sizesOf(name, where), sizesInReadme().get(name))).toEqual([]);
    rmSync(where, { recursive: true, force: true });
  });
});

it("asked for nothing that is missing, but for what is optional", () => {
  // Of other platforms; optional peers; and what the package managers ask about themselves.
  const optional = /^(webgpu|@img\/.*|@resvg\/resvg-js-.*|@koromix\/.*|react-native-b4a|bare-.*|encoding|npm|pnpm)$/;
  expect([...served.missing].filter((name) => !optional.test(name))).toEqual([]);
  expect(served.missing).toContain("webgpu");
});

describe("all libraries together", () => {
  const where = join(folder, "together");
  const entries = libraries.flatMap(([, { name, exports = {} }]) =>
    Object.keys(exports).map((entry) => name + entry.slice(1)),
  );

  beforeAll(() =>
    install(
      "npm",
      libraries.map(([name]) => archives.get(name)!),
      where,
    ),
  );

  it.each([
    ["node16", ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16],
    ["nodenext", ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext],
    ["bundler", ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
  ] as const)("have types under %s", (_, module, moduleResolution) => {
    const file = join(where, "types.ts");
    const lines = entries.map(
      (entry, i) =>
        `import * as entry${i} from "${entry}";\n// @ts-expect-error: types are known\nentry${i}.noSuchName;`,
    );
    writeFileSync(file, `${lines.join("\n")}\n`);
    const program = ts.createProgram([file], {
      ...{ module, moduleResolution, strict: true, noEmit: true, skipLibCheck: true },
      ...{ target: ts.ScriptTarget.ES2022, types: [] },
    });
    const faults = ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
    expect(faults).toEqual([]);
  });

  it("load by require, without a warning, as by import", async () => {
    const program = `for (const entry of ${JSON.stringify(entries)}) console.log(entry, Object.keys(require(entry)).length > 0);`;
    const env = { ...process.env, NODE_OPTIONS: "" };
    const { stdout } = await run(process.execPath, ["--input-type=commonjs", "--eval", program], { cwd: where, env });
    expect(stdout).toBe(entries.map((entry) => `${entry} true\n`).join(""));
  });

  it("hold no file beside those of the archives", () => {
    expect(readdirSync(join(where, "node_modules", "@tessera")).sort()).toEqual(libraries.map(([name]) => name).sort());
  });
});

it.each(libraries.map(([name]) => name))("%s: no types are wrong for ES modules", async (name) => {
  const result = await checkPackage(await unpacked(archives.get(name)!));
  expect(result.types).toMatchObject({ kind: "included" });
  // The packages are ES modules: resolvers that know neither `exports` nor ES modules are not for them.
  const problems = "problems" in result ? result.problems : [];
  const ours = problems.filter((one) => !("resolutionKind" in one && /^(node10|node16-cjs)$/.test(one.resolutionKind)));
  expect(ours).toEqual([]);
});

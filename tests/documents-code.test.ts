/** @file The code, the configurations, the links and the pictures of README and guides are what they say. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { promisify } from "node:util";
import { parsePreprocessConfig } from "@tessera/data/node";
import { transformSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkRecipe } from "../packages/cli/fixtures/parse-command.ts";
import { readManifests, root } from "./architecture/sources.ts";
import { writeDocumentData } from "./documents/document-folder.ts";
import { anchorsIn, linksIn, type Page, parsePage, readPages } from "./documents/pages.ts";
import { type StandIns, typeFaults } from "./documents/type-check.ts";

const pages = readPages();
const pageAt = (path: string) => pages.find((page) => page.path === path)!;

it("every block says what it is", () => {
  const odd = pages.flatMap(({ path, blocks }) =>
    blocks
      .filter(({ language }) => !/^(sh|ts|js|json|text)$/.test(language))
      .map(({ line, language }) => `${path}:${line}: a block of "${language}"`),
  );
  expect(odd).toEqual([]);
});

it("what looks like a command stands in a block of commands", () => {
  const faults = pages.flatMap(({ path, blocks }) =>
    blocks
      .filter(({ language, code }) => language === "text" && /^(\$ |npx |npm |tessera )/m.test(code))
      .map(({ line }) => `${path}:${line}: commands in a block of text`),
  );
  expect(faults).toEqual([]);
});

/** Every name from one entry point. */
const from = (entry: string, ...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, entry]));
const [nn, data, node] = ["@tessera/nn", "@tessera/data", "@tessera/data/node"];
const trainOn = "(images: ArrayLike<number>, labels: ArrayLike<number>, shape: readonly number[]) => Promise<void>";

/** What the pages say that the reader has. */
const standIns: StandIns = {
  "ARCHITECTURE.md": {
    ...from(nn, "step"),
    ...from("@tessera/tensor", "crossEntropy"),
    ...{ optimizer: `import("${nn}").Optimizer`, model: `import("${nn}").Module` },
    ...{ images: 'import("@tessera/tensor").Tensor', labels: 'import("@tessera/tensor").Tensor' },
  },
  "docs/colorize.md": {
    ...from(data, "batches", "colourisationSet", "kMeansColours"),
    ...from(nn, "adam", "colorizeUnet", "fit", "pixelClassification"),
    horses: `{ train: import("${data}").ImageSet }`,
  },
  "docs/segment.md": {
    readFile: 'typeof import("node:fs/promises").readFile',
    ...from(data, "batches"),
    ...from(node, "loadMaskedImages"),
    ...from(nn, "adam", "compose", "deeplab", "fit", "horizontalFlip"),
    ...from(nn, "loadBackbone", "pixelClassification", "randomResizedCrop"),
  },
  "docs/imagenet.md": { trainOn },
  "examples/browser/README.md": { file: "File" },
  "packages/data/README.md": {
    ...{ bytes: "Uint8Array", photo: `import("${data}").RgbImage`, draw: "(done: number, total: number) => void" },
    ...{ trainOn, cifar: `{ train: import("${data}").ImageSet }` },
  },
  "packages/nn/README.md": {
    ...from(nn, "compose", "cutmix", "fit", "horizontalFlip", "loadCheckpoint", "padCrop", "replayDump"),
    ...{ model: `import("${nn}").Sequential`, optimizer: `import("${nn}").Optimizer`, seed: "number" },
    ...{ freshModel: `import("${nn}").Module`, freshOptimizer: `import("${nn}").Optimizer` },
    ...{ file: "Uint8Array", dump: "Uint8Array", callbacks: `readonly import("${nn}").Callback[]` },
    train: `(epoch: number) => Iterable<import("${nn}").Batch>`,
    batchesOf: `(epoch: number, fromBatch: number) => Iterable<import("${nn}").Batch>`,
  },
};

it("the TypeScript is sound, with stand-ins for what the reader has", () => {
  expect(typeFaults(pages, standIns)).toEqual([]);
});

it("unsound TypeScript is seen", () => {
  const code = 'import { openDevise } from "@tessera/tensor";\nconst device = await openDevise();\n';
  expect(typeFaults([parsePage("docs/a.md", `# A\n\n\`\`\`ts\n${code}\`\`\`\n`)], {})).toEqual([
    expect.stringMatching(/^docs\/a\.md:4: .*openDevise/),
  ]);
});

describe("configurations", () => {
  const blocks = pages.flatMap(({ path, blocks }) =>
    blocks.filter(({ language }) => language === "json").map(({ code, line }) => [`${path}:${line}`, code] as const),
  );

  it("are there", () => expect(blocks.length).toBeGreaterThan(2));

  it.each(blocks)("%s keeps its schema", (name, code) => check(name, code));

  it("that break it are seen", () => {
    expect(() => check("a", '{ "label_map": "a.json", "crop": 3 }')).toThrow();
    expect(() => check("a", '{ "model": { "name": "cnn" }, "epoch": 3 }')).toThrow(/epoch/);
  });

  function check(name: string, code: string): void {
    const value = JSON.parse(code);
    if ("label_map" in value) parsePreprocessConfig(value);
    else checkRecipe(value, name);
  }
});

describe("links", () => {
  it("lead to files and headings that there are", () => expect(pages.flatMap(linkFaults)).toEqual([]));

  it("that lead nowhere are seen", () => {
    const page = parsePage(
      "docs/a.md",
      "[a](../README.md) [b](none.md) [c](../README.md#nowhere) [d](#here)\n\n# Here\n",
    );
    expect(linkFaults(page)).toEqual([
      "docs/a.md: none.md leads nowhere",
      "docs/a.md: ../README.md#nowhere: no such heading",
    ]);
  });

  function linkFaults(page: Page): string[] {
    return linksIn(page).flatMap((link) => {
      const [file, anchor] = link.split("#") as [string, string?];
      const path = file === "" ? page.path : posix.normalize(posix.join(posix.dirname(page.path), file));
      if (path !== page.path && !existsSync(join(root, path))) return [`${page.path}: ${link} leads nowhere`];
      const target = path === page.path ? page : pageAt(path);
      return anchor === undefined || anchorsIn(target).has(anchor) ? [] : [`${page.path}: ${link}: no such heading`];
    });
  }
});

describe("code runs", () => {
  const folder = mkdtempSync(join(tmpdir(), "tessera-code-"));

  beforeAll(async () => {
    await writeDocumentData(folder);
    for (const [name, { exports }] of readManifests()) {
      if (!exports) continue;
      const link = join(folder, "node_modules", "@tessera", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(root, "packages", name), link, "dir");
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ["README.md", /^$/],
    ["packages/tensor/README.md", /^\S+ Float32Array\(2\) /],
    ["packages/nn/README.md", /^\d\.\d+\n$/],
    ["packages/safetensors/README.md", /^$/],
    ["packages/distributed/README.md", /^0\n$/],
  ])("the first example of %s", async (path, output) => {
    const { code } = pageAt(path).blocks.find(({ language }) => language === "ts")!;
    const file = `${path.replaceAll(/\W/g, "-")}.mjs`;
    // Types go, and `await using` becomes what Node 20 knows; all else stays as it is written.
    writeFileSync(join(folder, file), transformSync(code, { loader: "ts", target: "node20" }).code);
    const env = { ...process.env, NODE_OPTIONS: "" };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: folder, env });
    expect(stderr).toBe("");
    expect(stdout).toMatch(output);
  });
});

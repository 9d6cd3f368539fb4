/** @file The page's program: the suite and the table of cases, beside or together with the published engine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { type Manifest, root } from "../architecture/sources.ts";

const sources = join(root, "packages", "tensor", "src");

/** Files of the published package, by what a program imports: `@tessera/tensor` is `dist/index.js`. */
export function publishedEntries(folder: string): Map<string, string> {
  const { name, exports = {} }: Manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return new Map(Object.entries(exports).map(([entry, { default: file }]) => [name + entry.slice(1), file!.slice(2)]));
}

/** Has cases call the published engine: what its index re-exports of an op's source is the package's. */
const publishedOps: Plugin = {
  name: "published-ops",
  setup({ onResolve, resolve }) {
    const index = readFileSync(join(sources, "index.ts"), "utf8");
    const exported = new Set(Array.from(index.matchAll(/"\.\/(ops\/.*)"/g), (match) => join(sources, match[1]!)));
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === publishedOps || !importer.startsWith(sources)) return undefined;
      const found = await resolve(path, { importer, resolveDir, kind, pluginData: publishedOps });
      return exported.has(found.path) ? resolve("@tessera/tensor", { resolveDir: root, kind }) : found;
    });
  },
};

/**
 * Bundles the page's program.
 *
 * @param engine `beside`: the program imports the package's own files, which an import map finds; `inside`: it is
 *   bundled and minified with them, as an application's bundler does
 * @param folder the published package
 */
export async function bundlePage(engine: "beside" | "inside", folder: string): Promise<string> {
  const entries = publishedEntries(folder);
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { opCases } from "./packages/tensor/src/ops/cases.ts";
        import { pageSuite } from "./tests/browser/suite.ts";
        globalThis.suite = pageSuite(opCases);`,
      resolveDir: root,
    },
    bundle: true,
    write: false,
    logLevel: "error",
    format: "esm",
    target: "es2022",
    minify: engine === "inside",
    plugins: [publishedOps],
    ...(engine === "beside"
      ? { external: [...entries.keys()] }
      : { alias: Object.fromEntries([...entries].map(([name, file]) => [name, join(folder, file)])) }),
  });
  return outputFiles[0]!.text;
}

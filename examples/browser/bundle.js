// The page's two programs, bundled for browsers: nothing else has to be copied beside them.
import { join } from "node:path";
import { build } from "esbuild";

/** Bundles the page and its worker. Gives the files by the path under which they are served. */
export async function bundle() {
  const source = join(import.meta.dirname, "src");
  const { outputFiles } = await build({
    entryPoints: [join(source, "page.ts"), join(source, "train-worker.ts")],
    outdir: source,
    bundle: true,
    // The WebAssembly kernels stay a part of their own, which is loaded when the cpu device is opened.
    splitting: true,
    format: "esm",
    target: "es2022",
    minify: true,
    write: false,
    logLevel: "warning",
  });
  return new Map(outputFiles.map(({ path, contents }) => [`/${path.slice(source.length + 1)}`, contents]));
}

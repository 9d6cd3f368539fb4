import { readFile } from "node:fs/promises";
import { defineConfig } from "tsup";

/** Top-level definitions of ops and kernels, as the formatter leaves them: on one line, or up to one that closes. */
const definition = /^((?:export )?const \w+(?:: [^=]+)? = )(define[A-Z]\w*[<(](?:.*\)|[\s\S]*?^\}?\)));$/gm;

export default defineConfig({
  entry: { index: "src/index.ts", "testing/index": "src/testing/index.ts" },
  format: "esm",
  // Neither Node's nor the browser's: the same bundle runs in both.
  platform: "neutral",
  target: "es2022",
  // One copy of what both entries use, so that a Tensor is a Tensor in either.
  splitting: true,
  loader: { ".wgsl": "text", ".wasm": "binary", ".txt": "text" },
  external: ["webgpu"],
  plugins: [
    {
      // Splitting imports a shared chunk once for order's sake alone; since the package has no side effects, bundlers
      // would warn every application that they leave it out. As many blanks, so that source maps stay true.
      name: "no-bare-imports",
      renderChunk: (code, { map }) => ({
        code: code.replace(/^import "[^"]*";$/gm, (line) => " ".repeat(line.length)),
        map,
      }),
    },
  ],
  esbuildPlugins: [
    {
      // Tells applications' bundlers that a definition which nothing uses may go, its arguments with it.
      name: "pure-definitions",
      setup({ onLoad }) {
        onLoad({ filter: /[\\/]src[\\/]ops[\\/].*\.ts$/ }, async ({ path }) => ({
          contents: (await readFile(path, "utf8")).replace(definition, "$1/* @__PURE__ */ (() => $2)();"),
          loader: "ts",
        }));
      },
    },
  ],
  dts: true,
  clean: true,
  sourcemap: true,
});

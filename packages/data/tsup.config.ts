import { defineConfig } from "tsup";

export default defineConfig({
  entry: { index: "src/index.ts", node: "src/node.ts", "image-worker": "src/workers/image-worker.ts" },
  format: "esm",
  target: "es2022",
  // One copy of what both entries use, so that an error of one is an instance of the other's class.
  splitting: true,
  loader: { ".wasm": "binary" },
  dts: { entry: { index: "src/index.ts", node: "src/node.ts" } },
  clean: true,
  sourcemap: true,
});

import { defineConfig } from "tsup";

export default defineConfig({
  entry: { index: "src/index.ts", node: "src/node.ts", "image-worker": "src/workers/image-worker.ts" },
  format: "esm",
  target: "es2022",
  // Neither Node's nor the browser's: WebAssembly becomes text that either decodes. Node's modules are for `node.ts`.
  platform: "neutral",
  external: [/^node:/],
  loader: { ".wasm": "binary" },
  // One copy of what both entries use, so that an error of one is an instance of the other's class.
  splitting: true,
  dts: { entry: { index: "src/index.ts", node: "src/node.ts" } },
  clean: true,
  sourcemap: true,
});

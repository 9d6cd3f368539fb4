import { defineConfig } from "tsup";

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
  dts: true,
  clean: true,
  sourcemap: true,
});

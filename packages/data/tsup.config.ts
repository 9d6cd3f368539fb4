import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/node.ts"],
  format: "esm",
  target: "es2022",
  loader: { ".wasm": "binary" },
  // One copy of what both entries use, so that an error of one is an instance of the other's class.
  splitting: true,
  dts: true,
  clean: true,
  sourcemap: true,
});

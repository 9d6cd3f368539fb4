import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/keras.ts", "src/onnx.ts"],
  format: "esm",
  target: "es2022",
  // One copy of the layers, which the exports tell apart by their classes.
  splitting: true,
  dts: true,
  clean: true,
  sourcemap: true,
});

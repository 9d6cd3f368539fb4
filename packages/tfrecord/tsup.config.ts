import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts"],
  format: "esm",
  // Neither Node's nor the browser's: the same bundle runs in both.
  platform: "neutral",
  target: "es2022",
  dts: true,
  clean: true,
  sourcemap: true,
});

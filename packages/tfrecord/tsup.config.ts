import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/node.ts"],
  format: "esm",
  // Neither Node's nor the browser's: the same bundle runs in both.
  platform: "neutral",
  target: "es2022",
  // One copy of what both entries use, so that an error of one is an instance of the other's class.
  splitting: true,
  // Node's own modules are for the entry that is for Node.
  external: [/^node:/],
  dts: true,
  clean: true,
  sourcemap: true,
});

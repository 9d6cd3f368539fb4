import { cpSync } from "node:fs";
import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/main.ts"],
  format: "esm",
  target: "es2022",
  clean: true,
  sourcemap: true,
  // What `--recipe` takes by name, and what reports are dressed in.
  onSuccess: async () => {
    cpSync("../../recipes", "dist/recipes", { recursive: true });
    cpSync("src/report/assets", "dist/assets", { recursive: true });
  },
});

import { defineConfig } from "tsup";

export default defineConfig({
  entry: { index: "src/index.ts", "mpi-worker": "src/mpi/mpi-worker.ts" },
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["koffi"],
  dts: { entry: { index: "src/index.ts" } },
  clean: true,
  sourcemap: true,
});

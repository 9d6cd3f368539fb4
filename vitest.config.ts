import { readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** WGSL and worker imports are text and wasm imports are bytes, as tsup's loaders make them in the published bundle. */
const kernels = {
  name: "tessera-kernels",
  enforce: "pre" as const,
  load(id: string): string | undefined {
    if (/\.(wgsl|txt)$/.test(id)) return `export default ${JSON.stringify(readFileSync(id, "utf8"))};`;
    if (id.endsWith(".wasm"))
      return `export default Uint8Array.from(atob("${readFileSync(id).toString("base64")}"), (c) => c.charCodeAt(0));`;
    return undefined;
  },
};

const conditions = ["tessera-source", "module", "node", "import", "default"];

export default defineConfig({
  plugins: [kernels],
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "tests/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
    // glibc's own thresholds, which it would otherwise raise to 32 MiB as blocks are freed: above them a block is mapped
    // by itself, and freed memory goes back to the system. Resident memory then says what is in use (nn's memory.test.ts).
    // No test reads or writes the user's cache of tuned kernels, unless it says so itself.
    env: { TESSERA_TUNE: "off", MALLOC_MMAP_THRESHOLD_: "131072", MALLOC_TRIM_THRESHOLD_: "131072" },
  },
});

// Bundles the cpu device's worker programs as text. The device starts workers from that text, so that there is no file
// to find beside the bundle, whatever an application's own bundler does to it.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

await build({
  absWorkingDir: root,
  entryPoints: {
    "shared-worker": "src/devices/cpu/shared-worker.entry.ts",
    "queue-worker": "src/devices/cpu/queue-worker.entry.ts",
  },
  outdir: "build",
  outExtension: { ".js": ".txt" },
  bundle: true,
  format: "iife",
  target: "es2022",
  minifySyntax: true,
  minifyWhitespace: true,
  charset: "ascii",
});

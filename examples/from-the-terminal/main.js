// The command line on a set of one's own: draws images of three colours, trains on them, measures the run, asks it about
// one more.
//
//   node examples/from-the-terminal/main.js
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { writeNpz } from "@tessera/data";

const side = 32;

/** Noisy images whose class is the brightest of the three channels. */
function draw(count) {
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  const images = Uint8Array.from({ length: count * side * side * 3 }, (_, i) => {
    const image = Math.floor(i / (side * side * 3));
    return (i % 3 === labels[image] ? 150 : 60) + ((i * 7919) % 61);
  });
  return [
    { data: images, shape: [count, side, side, 3] },
    { data: labels, shape: [count] },
  ];
}

const folder = await mkdtemp(join(tmpdir(), "tessera-terminal-"));
const [x_train, y_train] = draw(240);
const [x_test, y_test] = draw(60);
await writeFile(join(folder, "colours.npz"), await writeNpz({ x_train, y_train, x_test, y_test }));

// What `npx tessera …` starts, without npx: the program stands beside the package's manifest.
const manifest = createRequire(import.meta.url).resolve("@tessera/cli/package.json");
const tessera = (...args) =>
  execFileSync(process.execPath, [join(dirname(manifest), "bin", "tessera.js"), ...args], {
    cwd: folder,
    encoding: "utf8",
  });

const common = ["--device", "cpu"];
tessera("train", "mini-cnn", "--data", "colours.npz", "--epochs", "2", "--out", "run", ...common);
const { images, accuracy } = JSON.parse(tessera("evaluate", "run", "--json", ...common));
console.log(`of ${images} test images ${(100 * accuracy).toFixed(1)} % are right`);
await rm(folder, { recursive: true });

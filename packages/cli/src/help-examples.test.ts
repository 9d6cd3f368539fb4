// Every example of every help runs as it is written: the built command, on small generated data under the same names.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openDevice } from "@tessera/tensor";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeWithTessera, writeExampleData } from "../../../tests/example-folder.ts";
import { type Ending, type ExampleShell, faultsOf, openExampleShell } from "../../../tests/example-shell.ts";
import { examplesIn, helpOf, walk } from "../fixtures/help.ts";
import { createProgram } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-examples-"));
const program = join(resolve(import.meta.dirname, ".."), "bin", "tessera.js");
const examples = walk(createProgram(), "tessera").flatMap(([, command]) => examplesIn(helpOf(command)));

/** How an example ends that does not simply succeed. The first that matches counts. */
const endings: readonly Ending[] = [
  // Fetching: as far as the request, which the proxy below refuses.
  { of: /^tessera download cifar10 --mirror npm/, code: 1, says: /npm/ },
  { of: /^tessera download cifar100 --from-file/, code: 1, says: /md5|sha256/ },
  { of: /^tessera download (?!--list)/, code: 1, says: /502|proxy|Proxy/ },
  // Minutes of training and a server, which Ctrl-C ends.
  { of: /^tessera demo/, code: 130, says: /stopped; the weights reached are in/, stop: /^round 1:/m },
  { of: /^tessera watch/, code: 0, says: /http:\/\/127\.0\.0\.1:\d+\//, stop: /127\.0\.0\.1/ },
  // There are fewer images here than are to be drawn.
  { of: /^tessera mean-rgb .*--subsample 50000/, code: 1, says: /expected at most the 16 images there are/ },
  // Runs of pixels and of shards take minutes: as far as their data and their runs, which are not here. Tests of their own
  // train them.
  {
    of: /^tessera train --recipe cifar10-colorize-unet/,
    code: 1,
    says: /cifar-10-batches-bin/,
  },
  { of: /^tessera train --recipe flowers17-segment/, code: 1, says: /flowers\/images: expected PNG or JPEG images/ },
  { of: /^tessera (evaluate|predict) runs\/unet/, code: 1, says: /runs\/unet: no run/ },
  { of: /^tessera train alexnet --data 'records/, code: 1, says: /records|mean\.json/ },
  // Damage is what these find.
  { of: /damaged\.tfrecord/, code: 1, says: /lost/ },
];

let shell: ExampleShell;
let webgpu = false;

beforeAll(async () => {
  shell = await openExampleShell(folder);
  await writeExampleData(folder);
  makeWithTessera((...args) => {
    execFileSync(process.execPath, [program, ...args], { cwd: folder, env: shell.environment, stdio: "pipe" });
  });
  webgpu = await openDevice("webgpu").then(
    (device) => device.destroy().then(() => true),
    () => false,
  );
}, 300_000);

afterAll(() => {
  shell.close();
  rmSync(folder, { recursive: true, force: true });
});

const full = process.env.TESSERA_FULL === "1";
if (!full) console.warn("SHORTENED: examples that whiten: set TESSERA_FULL=1 for all of them");

/** The eigenvectors of 3,072 numbers take their time, whatever the set. */
const long = /--normalize gcn-zca/;

it("finds the examples", () => expect(examples.length).toBeGreaterThan(60));

it.each([...new Set(examples)].filter((line) => full || !long.test(line)))("%s", async (line) => {
  if (line.includes("--device webgpu") && !webgpu) {
    console.warn(`NOT TESTED: ${line}: no WebGPU adapter answers`);
    return;
  }
  if (line.startsWith("mpiexec")) {
    console.warn(`NOT TESTED HERE: ${line}: tests/distributed-training.test.ts trains by ranks`);
    return;
  }
  const ending = endings.find(({ of }) => of.test(line));
  expect(faultsOf(await shell.run(line, folder, ending?.stop), ending)).toEqual([]);
});

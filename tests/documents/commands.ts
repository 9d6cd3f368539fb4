/** @file How the commands of the documents are checked: run as written, run until something was said, or parsed alone. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commandFault } from "../../packages/cli/fixtures/parse-command.ts";
import { readManifests, root } from "../architecture/sources.ts";
import type { Ending } from "../example-shell.ts";
import { wordsOf } from "./pages.ts";

/** How a command ends that does not simply succeed. The first that matches counts. */
export const endings: readonly Ending[] = [
  // Fetching: as far as the request, which the shell's proxy refuses.
  { of: /^npx tessera download cifar10 --mirror npm/, code: 1, says: /npm/ },
  // Its hash was never published: a whole archive that is there already is taken.
  { of: /^npx tessera download colours/, code: 0, says: /was there/ },
  { of: /^npx tessera download (?!--list)/, code: 1, says: /502|proxy|Proxy/ },
  { of: /^npx tessera demo/, code: 130, says: /stopped; the weights reached are in/, stop: /^round 1:/m },
  { of: /^npx tessera watch/, code: 0, says: /http:\/\/127\.0\.0\.1:\d+\//, stop: /127\.0\.0\.1/ },
  // Training of more than seconds, even on so few images: Ctrl-C after the first epoch, which leaves a run like any other.
  {
    of: /^npx tessera train (alexnet|elu11-paper|--recipe (?!mine))/,
    code: 130,
    says: /--resume/,
    stop: /^epoch 1\//m,
  },
  { of: /^npx tessera train --resume runs\/alexnet/, code: 130, says: /--resume/, stop: /^epoch 2\//m },
  // There are fewer images here than are to be drawn.
  { of: /^npx tessera mean-rgb .*--subsample 50000/, code: 1, says: /expected at most the 16 images there are/ },
];

/** Commands that only their own parser sees, and why. */
export const parsedOnly: readonly { readonly of: RegExp; readonly because: string }[] = [
  { of: /^npm test/, because: "this is what runs the tests" },
  {
    of: /^npm run (setup|test:full|bench|docs|pack)/,
    because: "minutes of installing, tests, benchmarks or documentation",
  },
  {
    of: /^npm run demo/,
    because: "four minutes of training; tessera demo, which it starts, runs until its first round",
  },
  {
    of: /^node examples\/browser\/serve\.js/,
    because: "tests/browser-example.test.ts starts that server and its page",
  },
  { of: /^npm install /, because: "fetches what is not ours; tests/install.test.ts installs every archive" },
  { of: /^(mpiexec|srun) /, because: "needs an MPI: tests/distributed-training.test.ts trains by ranks where one is" },
  { of: /sbatch /, because: "needs a cluster: tests/slurm.test.ts and tests/slurm-training.test.ts have one" },
];

/** Whitening takes the eigenvectors of 3,072 numbers, which take their time whatever the set: parsed as it is written, and
 * run without, so that what follows has its file. */
export const whitening = /--normalize gcn-zca/;

/** What is wrong with a command that is not run: the words of its program, and files that it names. */
export async function parseFault(command: string): Promise<string | null> {
  const words = wordsOf(command);
  const after = (name: string) => words.slice(words.indexOf(name) + 1);
  for (const file of words.filter((word) => /^(deploy|examples)\//.test(word))) {
    if (!existsSync(join(root, file))) return `${file}: no such file`;
  }
  if (words[0] === "npm") return npmFault(words) ?? benchFault(words);
  if (words.includes("tessera")) return commandFault(after("tessera"));
  if (words.includes("deploy/slurm/train.sh"))
    return commandFault(["train", ...after("deploy/slurm/train.sh").slice(1)]);
  return null;
}

/** The options of a benchmark, as its built program's help has them. */
export function benchOptions(command: string): ReadonlySet<string> {
  const program = join(root, "apps", "bench", "dist", "main.js");
  const help = execFileSync(process.execPath, [program, command, "--help"], { encoding: "utf8" });
  return new Set(help.match(/--[a-z][\w-]*/g));
}

function benchFault([, , script, , command = "", ...rest]: readonly string[]): string | null {
  if (script !== "bench") return null;
  const known = benchOptions(command);
  const odd = rest.find((word) => word.startsWith("--") && !known.has(word));
  return odd === undefined ? null : `bench ${command}: unknown option '${odd}'`;
}

function npmFault([, verb, ...archives]: readonly string[]): string | null {
  if (verb === "install") return archivesFault(archives);
  const script = verb === "run" ? archives[0]! : verb!;
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return script in scripts ? null : `package.json has no script ${script}`;
}

/** Archives are named as they are packed, and those of the workspace that one needs are beside it. */
function archivesFault(archives: readonly string[]): string | null {
  const manifests = [...readManifests()];
  const packed = new Map(
    manifests.map(([folder, manifest]) => [`tessera-${folder}-${manifest.version}.tgz`, manifest]),
  );
  const odd = archives.find((name) => !packed.has(name));
  if (odd !== undefined) return `${odd}: npm run pack makes no such archive`;
  const given = archives.map((name) => packed.get(name)!);
  const needed = given.flatMap(({ dependencies = {} }) => Object.keys(dependencies));
  const absent = needed.find((name) => name.startsWith("@tessera/") && !given.some((one) => one.name === name));
  return absent === undefined ? null : `npm install: ${absent} is needed, too`;
}

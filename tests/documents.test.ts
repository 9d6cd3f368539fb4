/** @file The commands of README and guides run as they are written, page by page, on small data under the same names. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandOptions } from "../packages/cli/fixtures/parse-command.ts";
import { root } from "./architecture/sources.ts";
import { benchOptions, endings, parsedOnly, parseFault, whitening } from "./documents/commands.ts";
import { writeDocumentData } from "./documents/document-folder.ts";
import { type Block, commandsIn, type Page, parsePage, quotedIn, readPages } from "./documents/pages.ts";
import { type ExampleShell, faultsOf, openExampleShell } from "./example-shell.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-documents-"));
const pages = readPages();
const full = process.env.TESSERA_FULL === "1";
let shell: ExampleShell;

beforeAll(async () => {
  shell = await openExampleShell(folder);
  await writeDocumentData(join(folder, "data"));
}, 300_000);

afterAll(() => {
  shell?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Step {
  readonly command: string;
  readonly line: number;
  /** Files that the page shows in full between the command before and this one. */
  readonly files: readonly Block[];
}

/** The commands of a page, as its blocks have them one after the other. */
function stepsOf({ blocks }: Page): Step[] {
  let files: Block[] = [];
  return blocks.flatMap((block) => {
    if (block.file) files.push(block);
    if (block.language !== "sh") return [];
    const shown = files;
    files = [];
    return commandsIn(block).map((one, i) => ({ ...one, files: i === 0 ? shown : [] }));
  });
}

/** What is wrong with a command of a document; none is the good answer. */
async function checkCommand(command: string, cwd: string): Promise<string[]> {
  const shortened = !full && whitening.test(command);
  if (shortened || parsedOnly.some(({ of }) => of.test(command))) {
    const fault = await parseFault(command);
    if (fault !== null || !shortened) return fault === null ? [] : [fault];
  }
  if (shortened) console.warn(`SHORTENED: ${command}: set TESSERA_FULL=1 to run it`);
  const line = shortened ? command.replace(whitening, "--normalize gcn") : command;
  const ending = endings.find(({ of }) => of.test(command));
  return faultsOf(await shell.run(line, cwd, ending?.stop), ending);
}

const withCommands = pages.filter((page) => stepsOf(page).length > 0);

it("finds the pages", () => {
  expect(withCommands.map(({ path }) => path)).toEqual(
    expect.arrayContaining(["README.md", "docs/imagenet.md", "docs/segment.md", "packages/cli/README.md"]),
  );
});

describe.each(withCommands)("$path", (page) => {
  const cwd = join(folder, page.path.replaceAll("/", "-"));

  // Each page begins in a folder of its own, and its commands go on from one another.
  beforeAll(() => {
    mkdirSync(cwd);
    cpSync(join(folder, "data"), cwd, { recursive: true });
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  it.each(stepsOf(page))("line $line: $command", async ({ command, files }) => {
    for (const { file, code } of files) writeFileSync(join(cwd, file!), code);
    expect(await checkCommand(command, cwd)).toEqual([]);
  });
});

it("npx finds the command at the repository's root", () => {
  const { status, stdout } = spawnSync("npx", ["--no-install", "tessera", "recipe", "list"], {
    cwd: root,
    encoding: "utf8",
  });
  expect([status, stdout.includes("cifar100-one-hour-cpu")]).toEqual([0, true]);
});

it("every command and every option in the prose is one that there is", async () => {
  const options = commandOptions();
  const faults: string[] = [];
  for (const page of pages) {
    for (const text of quotedIn(page)) {
      const fault = /^(npx )?tessera \w/.test(text) && !text.includes("…") ? await parseFault(text) : null;
      // A command may be named without all that it needs.
      if (fault && !/missing|not specified/.test(fault)) faults.push(`${page.path}: ${text}: ${fault}`);
      const option = /^--[a-z][\w-]*/.exec(text)?.[0];
      if (option && !options.has(option) && !others.has(option)) faults.push(`${page.path}: no command has ${option}`);
    }
  }
  expect(faults).toEqual([]);
});

/** Options of Slurm, of the tests' own command, and of the benchmark. */
const others: ReadonlySet<string> = new Set([
  ...["--kill-on-bad-exit", "--skip-install", "--only", "--full"],
  ...benchOptions("step"),
  ...benchOptions("scaling"),
  ...["--bind-to", "--no-isolation"],
]);

it("a mistyped option or command is seen", async () => {
  const page = parsePage(
    "README.md",
    "```sh\nnpx tessera train cnn --epoch 3   # typed wrongly\nnpx tessera rnus\n```\n",
  );
  const cwd = join(folder, "mistyped");
  mkdirSync(cwd);
  for (const { command } of stepsOf(page)) {
    expect(await checkCommand(command, cwd)).toEqual([
      "exit code 2, expected 0",
      expect.stringMatching(/Did you mean/),
    ]);
  }
  expect(await checkCommand("mpiexec -n 4 npx tessera train cnn --epoch 3", cwd)).toEqual([
    expect.stringMatching(/unknown option '--epoch'/),
  ]);
  expect(await checkCommand("npm run bench -- step --netwroks cnn", cwd)).toEqual([
    "bench step: unknown option '--netwroks'",
  ]);
  expect(await checkCommand("npm run dmeo", cwd)).not.toEqual([]);
  expect(await checkCommand("sbatch deploy/slurm/trian.sh runs/first cnn", cwd)).toEqual([
    "deploy/slurm/trian.sh: no such file",
  ]);
});

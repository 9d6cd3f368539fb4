/** @file The commands of README and guides run as they are written, page by page, on small data under the same names. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandFault, commandOptions } from "../packages/cli/fixtures/parse-command.ts";
import { endings, parsedOnly, parseFault, whitening } from "./documents/commands.ts";
import { writeDocumentData } from "./documents/document-folder.ts";
import { commandsIn, type Page, parsePage, quotedIn, readPages, wordsOf } from "./documents/pages.ts";
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

/** The commands of a page, as its blocks have them one after the other. */
function commandsOf({ blocks }: Page) {
  return blocks.filter(({ language }) => language === "sh").flatMap(commandsIn);
}

/** What is wrong with a command of a document; none is the good answer. */
async function checkCommand(command: string, cwd: string): Promise<string[]> {
  const notRun = parsedOnly.find(({ of }) => of.test(command));
  if (notRun || (!full && whitening.test(command))) {
    const fault = await parseFault(command);
    return fault === null ? [] : [fault];
  }
  const ending = endings.find(({ of }) => of.test(command));
  return faultsOf(await shell.run(command, cwd, ending?.stop), ending);
}

const withCommands = pages.filter((page) => commandsOf(page).length > 0);

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
    for (const { file, code } of page.blocks) if (file) writeFileSync(join(cwd, file), code);
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  it.each(commandsOf(page))("line $line: $command", async ({ command }) => {
    if (!full && whitening.test(command)) console.warn(`SHORTENED: ${command}: set TESSERA_FULL=1 to run it`);
    expect(await checkCommand(command, cwd)).toEqual([]);
  });
});

it("every command and every option in the prose is one that there is", async () => {
  const options = commandOptions();
  const faults: string[] = [];
  for (const page of pages) {
    for (const text of quotedIn(page)) {
      const words = wordsOf(text);
      const start = words.indexOf("tessera") + 1;
      const fault =
        /^(npx )?tessera \w/.test(text) && !text.includes("…") ? await commandFault(words.slice(start)) : null;
      if (fault) faults.push(`${page.path}: ${text}: ${fault}`);
      const option = /^--[a-z][\w-]*/.exec(text)?.[0];
      if (option && !options.has(option) && !others.has(option)) faults.push(`${page.path}: no command has ${option}`);
    }
  }
  expect(faults).toEqual([]);
});

/** Options of programs that are not the command: Slurm's, the tests', the benchmark's. */
const others: ReadonlySet<string> = new Set([
  ...["--kill-on-bad-exit=1", "--kill-on-bad-exit"],
  ...["--skip-install", "--only", "--full"],
  ...["--steps", "--peer-seconds", "--rounds", "--quick"],
]);

it("a mistyped option or command is seen", async () => {
  const page = parsePage(
    "README.md",
    "```sh\nnpx tessera train cnn --epoch 3   # typed wrongly\nnpx tessera rnus\n```\n",
  );
  const cwd = join(folder, "mistyped");
  mkdirSync(cwd);
  for (const { command } of commandsOf(page)) {
    expect(await checkCommand(command, cwd)).toEqual([
      "exit code 2, expected 0",
      expect.stringMatching(/Did you mean/),
    ]);
  }
  expect(await checkCommand("mpiexec -n 4 npx tessera train cnn --epoch 3", cwd)).toEqual([
    expect.stringMatching(/unknown option '--epoch'/),
  ]);
  expect(await checkCommand("sbatch deploy/slurm/trian.sh runs/first cnn", cwd)).toEqual([
    "deploy/slurm/trian.sh: no such file",
  ]);
});

// Every command and subcommand shows in its --help how it is used.
import { CommanderError } from "commander";
import { afterEach, expect, it, vi } from "vitest";
import { helpOf, walk } from "../fixtures/help.ts";
import { createProgram } from "./program.ts";
import { isQuiet, say } from "./voice.ts";

const commands = walk(createProgram(), "tessera");

it("finds the commands within commands", () => {
  const names = commands.map(([name]) => name);
  for (const name of ["tessera", "tessera train", "tessera preprocess merge", "tessera tfrecord verify"]) {
    expect(names).toContain(name);
  }
});

it.each(commands)("%s --help has examples of it", (name, command) => {
  const help = helpOf(command);
  expect(help).toMatch(/^Examples:\n( {2}\S.*\n)+/m);
  expect(help.slice(help.indexOf("Examples:"))).toContain(`\n  ${name}`);
});

it.each(["merge", "report"])("preprocess %s --help names the config that it needs", (name) => {
  const [, command] = commands.find(([path]) => path === `tessera preprocess ${name}`)!;
  expect(helpOf(command)).toContain("-c, --config <file>");
});

it.each(commands)("%s --help says how it ends, and that it can be quiet", (_, command) => {
  const help = helpOf(command);
  expect(help).toContain("Exit codes: 0 done, 1 failed, 2 bad usage, 130 stopped by Ctrl-C.");
  expect(help).toContain("--quiet");
});

afterEach(() => vi.restoreAllMocks());

it.each([
  [["trian"], "(Did you mean train?)"],
  [["evalute", "runs/first"], "(Did you mean evaluate?)"],
  [["train", "cnn", "--epoch", "3"], "(Did you mean --epochs?)"],
  [["tfrecord", "verfy", "a"], "(Did you mean verify?)"],
  [["runs", "--jsn"], "(Did you mean --json?)"],
  [["--quite", "runs"], "(Did you mean --quiet?)"],
])("%j is answered with what was meant", async (args, answer) => {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const parsed = createProgram().parseAsync(args, { from: "user" });
  await expect(parsed).rejects.toBeInstanceOf(CommanderError);
  expect(write.mock.calls.join("")).toContain(answer);
});

it.each([
  ["output", ["recipe", "list"]],
  ["error", ["recipe", "list", "--json"]],
  ["none", ["recipe", "list", "--quiet"]],
  ["none", ["--quiet", "recipe", "list", "--json"]],
] as const)("remarks go to %s of %j, results to standard output", async (voice, args) => {
  const [log, error] = (["log", "error"] as const).map((name) => vi.spyOn(console, name).mockReturnValue());
  await createProgram().parseAsync(args, { from: "user" });
  expect(log!.mock.calls.join("")).toContain("cifar100-cnn");
  log!.mockClear();
  say("a remark");
  expect([log!.mock.calls.length, error!.mock.calls.length]).toEqual([
    Number(voice === "output"),
    Number(voice === "error"),
  ]);
  expect(isQuiet()).toBe(voice === "none");
});

// Every command and subcommand shows in its --help how it is used.
import type { Command } from "commander";
import { expect, it } from "vitest";
import { createProgram } from "./program.ts";

function helpOf(command: Command): string {
  let text = "";
  command
    .configureOutput({
      writeOut(part) {
        text += part;
      },
    })
    .outputHelp();
  return text;
}

function walk(command: Command, path: string): [string, Command][] {
  return [[path, command], ...command.commands.flatMap((each) => walk(each, `${path} ${each.name()}`))];
}

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

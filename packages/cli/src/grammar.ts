/** @file What holds for every command alike: its global options, its help, and how bad usage ends. */
import type { Command } from "commander";
import { setVoice } from "./voice.ts";

const exitCodes = "\nExit codes: 0 done, 1 failed, 2 bad usage, 130 stopped by Ctrl-C.";

/**
 * Gives a program and all its commands one grammar. Mistyped commands and options are answered with those that are
 * meant, which is commander's own doing; nothing is printed in colour, so NO_COLOR changes nothing.
 */
export function applyGrammar(program: Command): void {
  program.option("--quiet", "no progress and no remarks: results and errors alone");
  program.hook("preAction", (_, command) => {
    const { quiet, json } = command.optsWithGlobals<{ quiet?: boolean; json?: boolean }>();
    setVoice(quiet ? "none" : json ? "error" : "output");
  });
  for (const command of commandsOf(program)) {
    command
      .exitOverride()
      .configureHelp({ showGlobalOptions: true })
      .showHelpAfterError("(run with --help for options and examples)")
      .addHelpText("after", exitCodes);
  }
}

/** A command and those within it. */
function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

import { CommanderError } from "commander";
import { createProgram } from "./program.ts";
import { reportError } from "./report-error.ts";

try {
  await createProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) reportError(error);
  // Commander has printed its own message; help and --version are not failures.
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : 1;
}

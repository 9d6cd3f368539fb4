/** @file Errors as a person at a terminal should see them. */

/** Prints an error's own lines to standard error; the stack only where `TESSERA_DEBUG` is set. */
export function reportError(error: unknown): void {
  if (process.env.TESSERA_DEBUG && error instanceof Error) console.error(error.stack);
  const message = error instanceof Error ? error.message : String(error);
  console.error(`tessera: ${message}`);
}

/** @file Where remarks go, which is whatever a command says besides its result. */

/** To standard output; to standard error where that one is for JSON; nowhere. */
type Voice = "output" | "error" | "none";

let voice: Voice = "output";

/** For the rest of the process. */
export function setVoice(chosen: Voice): void {
  voice = chosen;
}

/** Whether progress is wanted neither. */
export function isQuiet(): boolean {
  return voice === "none";
}

/** Prints a remark. */
export function say(line: string): void {
  if (voice === "output") console.log(line);
  if (voice === "error") console.error(line);
}

/** @file Whether this is Node. */

/** Node's process; `null` in browsers, also where a bundler fakes a process. */
export function nodeProcess(): NodeJS.Process | null {
  return typeof process !== "undefined" && typeof process.getBuiltinModule === "function" ? process : null;
}

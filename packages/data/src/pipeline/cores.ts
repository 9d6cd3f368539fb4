/** Cores that this process may use; in a browser, those that it tells of. */
export function coreCount(): number {
  const node = typeof process === "undefined" ? undefined : process.getBuiltinModule?.("node:os");
  return node?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

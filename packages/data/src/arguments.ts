import { ArgumentError, quote } from "./errors.ts";

/** Refuses what is not an integer from `least` to `most`, naming the function and the argument. */
export function checkInteger(
  name: string,
  value: unknown,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): void {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `an integer ≥ ${least}` : `an integer from ${least} to ${most}`;
  throw new ArgumentError(`${name}: expected ${range}, got ${show(value)}`);
}

/** A value as messages show it. */
export function show(value: unknown): string {
  return typeof value === "string"
    ? quote(value)
    : typeof value === "object" && value
      ? "an object"
      : `${String(value)}`;
}

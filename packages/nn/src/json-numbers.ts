/** @file JSON with the numbers that it does not have: NaN and the infinities, which sums and histories may hold. */

function writeNumber(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? { $number: String(value) } : value;
}

function readNumber(_: string, value: unknown): unknown {
  const number = (value as { $number?: unknown } | null)?.$number;
  return typeof number === "string" ? Number(number) : value;
}

/** A value as JSON that {@link parseJson} reads back. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value, writeNumber);
}

/** What {@link writeJson} wrote. */
export function parseJson(text: string): unknown {
  return JSON.parse(text, readNumber);
}

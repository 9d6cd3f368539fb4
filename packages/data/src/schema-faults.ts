import type { z } from "zod";

/**
 * What is wrong with a value that a zod schema refused: a line for each fault, with the field's path and what was found
 * there.
 *
 * @param source what the lines begin with: the file
 */
export function schemaFaults({ issues }: z.ZodError, value: unknown, source: string): string[] {
  return issues.map(({ path, message, ...issue }) => {
    const found = path.reduce<unknown>((inner, key) => (inner as Partial<Record<PropertyKey, unknown>>)?.[key], value);
    const got = found === undefined || issue.code === "unrecognized_keys" ? "" : `, got ${JSON.stringify(found)}`;
    return `${source}: ${jsonPath(path)}: ${message}${got}`;
  });
}

/** `$.batch[1]`. */
function jsonPath(path: readonly PropertyKey[]): string {
  return `$${path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("")}`;
}

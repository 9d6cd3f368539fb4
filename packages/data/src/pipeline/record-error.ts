import { CorruptRecordError } from "../errors.ts";

/** Errors that were told already: they pass through the stages behind. */
const told = new WeakSet<object>();

/**
 * An error of a function in a pipeline, told with the record that it was at: the item's own `source` and `index` where
 * it has them, else its place in the pass.
 */
export function atRecord(error: unknown, value: unknown, place: number): unknown {
  if (typeof error === "object" && error !== null && told.has(error)) return error;
  const { source, index } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const record = typeof index === "number" ? index : place;
  const name = typeof source === "string" ? source : "dataset";
  // Errors from other processes come as plain objects.
  const { message } = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  const problem = typeof message === "string" ? message : String(error);
  const found = new CorruptRecordError(`${name}: record ${record}: ${problem}`, record, error);
  told.add(found);
  return found;
}

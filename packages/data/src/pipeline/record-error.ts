import { CorruptRecordError } from "../errors.ts";

/** Errors that were told already: they pass through the stages behind. */
const told = new WeakSet<object>();

/**
 * An error of a function in a pipeline, told with the record that it was at: the item's own `source` and `index` where
 * it has them, else its place in the pass. An array of records is told by its place and its first record.
 */
export function atRecord(error: unknown, value: unknown, place: number): unknown {
  if (typeof error === "object" && error !== null && told.has(error)) return error;
  const isBatch = Array.isArray(value);
  const { source, index } = partsOf(isBatch ? value[0] : value);
  const record = typeof index === "number" ? index : place;
  const where = isBatch
    ? `batch ${place}${typeof index === "number" ? `, from record ${index}` : ""}`
    : `record ${record}`;
  // Errors from other processes come as plain objects.
  const { message } = partsOf(error);
  const problem = typeof message === "string" ? message : String(error);
  const name = typeof source === "string" ? source : "dataset";
  const found = new CorruptRecordError(`${name}: ${where}: ${problem}`, record, error);
  told.add(found);
  return found;
}

function partsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** @file Classes and their numbers. */
import { DataError, quote } from "../errors.ts";

/** A class's number, or one-hot: a 1 at the number's place among zeros. */
export type Label = number | readonly number[];

/** Labels by class: by the name of the folder that its images lie in. */
export type LabelMap = Readonly<Record<string, Label>>;

/** A label map that holds together. */
export interface Classes {
  /** Names by number. */
  readonly names: readonly string[];
  readonly oneHot: boolean;
  /** What a record's `label` has: one number, or as many as there are classes. */
  readonly labels: ReadonlyMap<string, readonly number[]>;
}

/**
 * Reads a label map: JSON such as `{"pug": 0, "pot": 1}` or `{"pug": [1, 0], "pot": [0, 1]}`.
 *
 * @param source what errors name.
 * @throws DataError that lists what is wrong: other values, a class named twice, a number given twice, gaps in 0 … n−1
 */
export function parseLabelMap(text: string, source: string): Classes {
  let map: unknown;
  try {
    map = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${source}: expected JSON, ${(cause as Error).message}`, { cause });
  }
  if (typeof map !== "object" || map === null || Array.isArray(map) || Object.keys(map).length === 0) {
    throw new DataError(`${source}: expected an object with a number for each class, as {"pug": 0, "pot": 1}`);
  }
  const twice = repeatedKeys(text);
  if (twice.length > 0) throw new DataError(`${source}: classes named more than once: ${list(twice)}`);
  return checkLabelMap(map as Readonly<Record<string, unknown>>, source);
}

/** Checks a label map that is there already; see {@link parseLabelMap}. */
export function checkLabelMap(map: Readonly<Record<string, unknown>>, source = "label map"): Classes {
  const entries = Object.entries(map).map(([name, label]) => ({ name, label, number: numberOf(label) }));
  const wrong = entries.filter(({ number }) => number === undefined);
  if (wrong.length > 0) {
    const shown = wrong.map(({ name, label }) => `${quote(name)} has ${quote(JSON.stringify(label) ?? "nothing")}`);
    throw new DataError(`${source}: expected integers from 0, or one-hot arrays of one 1 and zeros: ${list(shown)}`);
  }
  const oneHot = entries.filter(({ label }) => Array.isArray(label));
  if (oneHot.length > 0 && oneHot.length < entries.length) {
    const number = entries.find(({ label }) => !Array.isArray(label))!;
    throw new DataError(`${source}: expected all numbers or all one-hot, got both: ${oneHot[0]!.name}, ${number.name}`);
  }
  const short = oneHot.filter(({ label }) => (label as readonly number[]).length !== entries.length);
  if (short.length > 0) {
    const shown = short.map(({ name, label }) => `${quote(name)} has ${(label as readonly number[]).length}`);
    throw new DataError(`${source}: expected one-hot arrays of ${entries.length} places, one a class: ${list(shown)}`);
  }
  return {
    names: namesByNumber(entries as { name: string; number: number }[], source),
    oneHot: oneHot.length > 0,
    labels: labelsOf(entries),
  };
}

function labelsOf(entries: readonly { name: string; label: unknown }[]): ReadonlyMap<string, readonly number[]> {
  const label = (value: unknown) => (typeof value === "number" ? [value] : (value as readonly number[]));
  return new Map(entries.map((entry) => [entry.name, label(entry.label)]));
}

function numberOf(label: unknown): number | undefined {
  if (typeof label === "number") return Number.isSafeInteger(label) && label >= 0 ? label : undefined;
  if (!Array.isArray(label) || label.some((value) => value !== 0 && value !== 1)) return undefined;
  const place = label.indexOf(1);
  return place >= 0 && place === label.lastIndexOf(1) ? place : undefined;
}

function namesByNumber(entries: readonly { name: string; number: number }[], source: string): string[] {
  const byNumber = new Map<number, string[]>();
  for (const { name, number } of entries) byNumber.set(number, [...(byNumber.get(number) ?? []), name]);
  const shared = [...byNumber].filter(([, names]) => names.length > 1);
  if (shared.length > 0) {
    const shown = shared.map(([number, names]) => `${number} of ${names.map(quote).join(" and ")}`);
    throw new DataError(`${source}: numbers given more than once: ${list(shown)}`);
  }
  const missing = entries.map((_, number) => number).filter((number) => !byNumber.has(number));
  if (missing.length > 0) {
    const most = Math.max(...byNumber.keys());
    throw new DataError(
      `${source}: expected the ${entries.length} numbers from 0 to ${entries.length - 1}; missing: ${list(missing.map(String))}; the greatest is ${most}`,
    );
  }
  return entries.map((_, number) => byNumber.get(number)![0]!);
}

/** As many as a person wants to read. */
export function list(items: readonly string[]): string {
  const shown = items.slice(0, 20).join(", ");
  return items.length > 20 ? `${shown} and ${items.length - 20} more` : shown;
}

/** Keys of the outermost object that come twice: JSON.parse would let the last one win. */
function repeatedKeys(text: string): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/g)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth === 1 && token.endsWith(":")) {
      const key = JSON.parse(token.slice(0, -1).trimEnd()) as string;
      if (seen.has(key)) twice.add(key);
      seen.add(key);
    }
  }
  return [...twice];
}

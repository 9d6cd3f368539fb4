/** @file Values on the command line: each parser says what it expected. */
import { InvalidArgumentError } from "commander";

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("expected a whole number of at least 1");
  return value;
}

export function jpegQuality(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 100)
    throw new InvalidArgumentError("expected a whole number from 1 to 100");
  return value;
}

export function seed(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError("expected a whole number of at least 0");
  return value;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number greater than 0");
  return value;
}

/** What watches training: the test set, a share of the training set, nothing; or another set, by its path. */
export type Validation = "test" | "none" | number | string;

/** Whether it is a path. */
export function isPathOfSet(validation: Validation): validation is string {
  return typeof validation === "string" && validation !== "test" && validation !== "none";
}

export function validation(text: string): Validation {
  if (text === "test" || text === "none") return text;
  const share = Number(text);
  // A name without any of these is more likely a word mistyped.
  if (Number.isNaN(share) && /[*?[./\\]/.test(text)) return text;
  if (!(share > 0 && share < 1)) throw new InvalidArgumentError("expected test, none, or a share between 0 and 1");
  return share;
}

/** How often a checkpoint is written within an epoch. */
export type CheckpointEvery = { readonly everyBatches: number } | { readonly everySeconds: number };

export function checkpointEvery(text: string): CheckpointEvery {
  const [, digits, unit] = /^([0-9]+)(s?)$/.exec(text) ?? [];
  const value = Number(digits);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError("expected a number of batches, as 500, or of seconds, as 60s");
  }
  return unit === "s" ? { everySeconds: value } : { everyBatches: value };
}

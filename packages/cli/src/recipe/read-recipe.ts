/** @file Recipes from JSON files, and what is wrong with them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { schemaFaults } from "@tessera/data/node";
import { z } from "zod";
import { type Recipe, recipeSchema } from "./recipe-schema.ts";

/** The JSON Schema of recipes, for editors. */
export function recipeJsonSchema(): object {
  return z.toJSONSchema(recipeSchema, { io: "input" });
}

/**
 * Checks a recipe and fills in its defaults.
 *
 * @param source what errors call it
 * @throws Error with a line for each fault, naming the field's path
 */
export function parseRecipe(value: unknown, source: string): Recipe {
  const parsed = recipeSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = schemaFaults(parsed.error, value, source);
  throw new Error(`${faults.join("\n")}\n  hint: tessera recipe schema prints what a recipe may say`);
}

/** The recipes that come with the command lie beside it when it is built, and at the root of its sources. */
const shipped = ["./recipes/", "../../../../recipes/"].map((folder) => new URL(folder, import.meta.url));

/** Names of the recipes that come with the command, in order. */
export function recipeNames(): string[] {
  const names = readdirSync(recipesFolder()).map((file) => /^(?!.*\.schema)(.*)\.json$/.exec(file)?.[1]);
  return names.filter((name) => name !== undefined).sort();
}

function recipesFolder(): URL {
  const found = shipped.find((folder) => existsSync(folder));
  if (found) return found;
  throw new Error(`${shipped[0]!.pathname}: the recipes that come with tessera are missing\n  hint: install it again`);
}

/**
 * A recipe's fields, not yet checked, so that flags can go before what it says.
 *
 * @param from the name of a recipe that comes with the command, or a file
 */
export function readRecipe(from: string): { fields: Record<string, unknown>; source: string } {
  const path = /[/\\]|\.json$/.test(from) ? from : shippedRecipe(from);
  const value = parseJson(readText(path), path);
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new Error(`${path}: expected a recipe, which is a JSON object`);
  }
  return { fields: value as Record<string, unknown>, source: path };
}

function shippedRecipe(name: string): string {
  const names = recipeNames();
  if (names.includes(name)) return fileURLToPath(new URL(`${name}.json`, recipesFolder()));
  throw new Error(
    `${name}: no such recipe; there are ${names.join(", ")}\n  hint: name a file of your own with its .json`,
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(`${path}: cannot be read (${(cause as NodeJS.ErrnoException).code}): expected a recipe`, { cause });
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path}: expected JSON, ${(cause as Error).message}`, { cause });
  }
}

/** @file Which sets are too many for memory, and read as they are needed. */
import { existsSync, statSync } from "node:fs";
import { openPhotoSet, openRecordSet, type StreamedSet } from "@tessera/data/node";
import { models, type NamedModel } from "../models.ts";
import type { Recipe } from "../recipe/recipe-schema.ts";

/** Whether a path means TFRecord shards: by a pattern, or by their usual names. */
function namesRecords(path: string): boolean {
  if (/[*?[]/.test(path) && !existsSync(path)) return true;
  return /\.tfrecords?(\.(gz|zlib))?$/i.test(path) || /-\d{5}-of-\d{5}$/.test(path);
}

/** Sides of the images that networks for small ones see, which are held in memory. */
const small = 32;

/** Side of the squares that the network sees. */
function sideOf({ data, model }: Pick<Recipe, "data" | "model">): number {
  return data.crop ?? (models as Readonly<Record<string, NamedModel>>)[model.name]?.input[0] ?? small;
}

/** Whether a recipe's set is read as it is needed: shards, or photographs for a network that sees more than 32 × 32. */
export function isStreamed(recipe: Pick<Recipe, "data" | "model" | "task">, path: string): boolean {
  if (recipe.task) return false;
  if (namesRecords(path)) return true;
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder && sideOf(recipe) > small;
}

/** The part of ImageNet's usual 256 pixels that AlexNet's 227 are: photographs are scaled so that the crop is as much. */
const margin = 256 / 227;

/** Opens shards or a folder of photographs as a recipe wants them. */
export function openStreamed(recipe: Pick<Recipe, "data" | "model">, path: string): Promise<StreamedSet> {
  const crop = sideOf(recipe);
  if (!namesRecords(path)) return openPhotoSet(path, { crop, size: Math.round(crop * margin) });
  return openRecordSet(path, { crop, labelMap: recipe.data.labelMap });
}

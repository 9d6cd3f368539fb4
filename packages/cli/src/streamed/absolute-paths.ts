/** @file Paths of a recipe, so that its run can be resumed and measured from another folder. */
import { resolve } from "node:path";
import { isPathOfSet } from "../options.ts";
import type { Recipe } from "../recipe/recipe-schema.ts";

/** The recipe with absolute paths of its files. */
export function withAbsolutePaths(recipe: Recipe): Recipe {
  const { data, task, model } = recipe;
  const { path, validation, test, meanFile, labelMap } = data;
  return {
    ...recipe,
    data: {
      ...data,
      ...(path !== undefined && { path: resolve(path) }),
      ...(isPathOfSet(validation) && { validation: resolve(validation) }),
      ...(test !== undefined && { test: resolve(test) }),
      ...(meanFile !== undefined && { meanFile: resolve(meanFile) }),
      ...(labelMap !== undefined && { labelMap: resolve(labelMap) }),
    },
    ...(task?.name === "colorize" && task.colours && { task: { ...task, colours: resolve(task.colours) } }),
    ...(model.backbone && { model: { ...model, backbone: resolve(model.backbone) } }),
  };
}

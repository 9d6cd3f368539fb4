import { Command } from "commander";
import { parseRecipe, readRecipe, recipeJsonSchema, recipeNames } from "../recipe/read-recipe.ts";

/** `tessera recipe list|show|schema`. */
export function recipeCommand(): Command {
  return new Command("recipe")
    .description("training recipes: JSON files that tessera train --recipe follows")
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(schemaCommand())
    .addHelpText("after", "\nExamples:\n  tessera recipe list\n  tessera recipe show cifar100-cnn > my-recipe.json");
}

function listCommand(): Command {
  return new Command("list")
    .description("the recipes that come with tessera, and what came of them")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExamples:\n  tessera recipe list")
    .action(({ json }: { json?: boolean }) => {
      const recipes = recipeNames().map((name) => {
        const { fields, source } = readRecipe(name);
        const { title, result } = parseRecipe(fields, source);
        return { name, title, result };
      });
      if (json) console.log(JSON.stringify(recipes, null, 2));
      else for (const { name, title, result } of recipes) console.log(`${name}: ${title}\n  ${resultText(result)}`);
    });
}

function resultText(result: ReturnType<typeof parseRecipe>["result"]): string {
  if (result?.testAccuracy === undefined) return result?.note ?? "not measured";
  const { testAccuracy, testWeightedIoU, minutes, machine, date, note } = result;
  const parts = [
    `${(100 * testAccuracy).toFixed(2)} % of the test set${testWeightedIoU === undefined ? "" : "'s pixels"}`,
  ];
  if (testWeightedIoU !== undefined) parts.push(`weighted IoU ${testWeightedIoU.toFixed(4)}`);
  if (minutes !== undefined) parts.push(minutes < 1.5 ? "1 minute" : `${minutes.toFixed(0)} minutes`);
  return [...parts, machine, date, note].filter((part) => part !== undefined).join(", ");
}

function showCommand(): Command {
  return new Command("show")
    .description("print a recipe, to begin one of your own")
    .argument("<name>", "a name that tessera recipe list gives")
    .addHelpText("after", "\nExamples:\n  tessera recipe show cifar100-cnn > my-recipe.json")
    .action((name: string) => {
      console.log(JSON.stringify(readRecipe(name).fields, null, 2));
    });
}

function schemaCommand(): Command {
  return new Command("schema")
    .description("print the JSON Schema of recipes, for editors")
    .addHelpText("after", "\nExamples:\n  tessera recipe schema > recipe.schema.json")
    .action(() => console.log(JSON.stringify(recipeJsonSchema(), null, 2)));
}

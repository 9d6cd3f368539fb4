import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { loadWeights, type Sequential, saveWeights } from "@tessera/nn";
import { openDevice } from "@tessera/tensor";
import { Command, InvalidArgumentError, Option } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { type ModelName, models } from "../models.ts";
import { parseRecipe } from "../recipe/read-recipe.ts";
import { recipeModel } from "../recipe/recipe-model.ts";
import { type RunConfig, RunFolder } from "../run-folder.ts";
import { say } from "../voice.ts";

interface ImportOptions {
  readonly model: ModelName;
  readonly classes: readonly string[];
  readonly out: string;
  readonly data?: string;
  readonly labels: "fine" | "coarse";
  readonly json?: boolean;
}

/** `tessera import <file> --model <model> --classes <names> --out <run>`: weights of other programs as a run. */
export function importCommand(): Command {
  return new Command("import")
    .description("make a run of weights that another program wrote: Keras's .keras and .h5, or .safetensors")
    .argument("<file>", "told apart by what it begins with")
    .addOption(
      new Option("--model <model>", "the network that they are for").choices(Object.keys(models)).makeOptionMandatory(),
    )
    .requiredOption("--classes <names>", "how many, names with commas between, or a JSON file with a list", classNames)
    .requiredOption("--out <dir>", "folder of the run")
    .option("--data <path>", "the set that evaluate takes by default")
    .addOption(
      new Option("--labels <level>", "which of CIFAR-100's labels").choices(["fine", "coarse"]).default("fine"),
    )
    .option("--json", "what was made as JSON; everything else goes to standard error")
    .addHelpText("after", examples)
    .action(run);
}

const examples = `
Layers are taken in order. Pixels are scaled to 0 … 1, as tessera train does.

Examples:
  tessera import cifar100_model.keras --model cnn --classes 100 --out runs/keras
  tessera import pets.h5 --model mini-cnn --classes cat,dog --out runs/pets
  tessera evaluate runs/keras --data data/cifar-100-python.tar.gz`;

function classNames(text: string): readonly string[] {
  if (/^\d+$/.test(text)) return Array.from({ length: Number(text) }, (_, i) => String(i));
  if (!existsSync(text)) return text.split(",");
  let names: unknown;
  try {
    names = JSON.parse(readFileSync(text, "utf8"));
  } catch (cause) {
    throw new InvalidArgumentError(`${text} is not JSON: ${(cause as Error).message}`);
  }
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  throw new InvalidArgumentError(`${text}: expected a list of names`);
}

async function run(file: string, { model: name, classes, out, data, labels, json }: ImportOptions): Promise<void> {
  const device = await openDevice("cpu", { threads: 1 });
  try {
    const bytes = readFileSync(file);
    const path = data === undefined ? {} : { path: resolve(data) };
    const recipe = parseRecipe({ title: `weights of ${file}`, model: { name }, data: { ...path, labels } }, "options");
    const model = recipeModel(recipe, classes.length);
    await load(model, bytes, file);
    const folder = RunFolder.create(out);
    folder.write("last.safetensors", await saveWeights(model, { imported: file }));
    const config: Omit<RunConfig, "images"> = {
      ...{ recipe, dataset: "imported", classNames: classes },
      device: { kind: device.kind, description: device.description },
      versions: { tessera: packageJson.version, node: process.versions.node },
      started: new Date().toISOString(),
    };
    folder.writeJson("config.json", config);
    say(`${folder.path}: ${name} of ${classes.length} classes, weights of ${file}`);
    if (json) console.log(JSON.stringify({ run: folder.path, model: name, classes: classes.length }, null, 2));
  } finally {
    await device.destroy();
  }
}

/** A zip and an HDF5 file are Keras's; safetensors begins with a length. */
async function load(model: Sequential, bytes: Uint8Array, file: string): Promise<void> {
  const start = Buffer.from(bytes.subarray(0, 4)).toString("latin1");
  try {
    if (!start.startsWith("PK") && start !== "\u0089HDF") return void loadWeights(model, bytes);
    const { loadKeras } = await import("@tessera/nn/keras");
    await loadKeras(model, bytes);
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

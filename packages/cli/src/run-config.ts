/** @file What a run's `config.json` says of where and with what it ran. */
import { encodePreprocessor } from "@tessera/data";
import type { Device } from "@tessera/tensor";
import packageJson from "../package.json" with { type: "json" };
import type { SetFacts } from "./load-set.ts";
import { rowsOf } from "./pixels/colour-rows.ts";
import type { Recipe } from "./recipe/recipe-schema.ts";
import { PREPROCESSOR_FILE, type RunConfig, type RunFolder } from "./run-folder.ts";

/** Writes the description; and what made a prepared set's pixels, for the images that the run is to see later. */
export function describeRun(folder: RunFolder, ...what: Parameters<typeof runConfig>): void {
  const [, , { preprocessor }] = what;
  if (preprocessor) folder.write(PREPROCESSOR_FILE, encodePreprocessor(preprocessor));
  folder.writeJson("config.json", runConfig(...what));
}

/** The recipe, with what it was followed on. */
function runConfig(
  recipe: Recipe,
  { kind, description }: Device,
  { name, classNames, train, test, validation, preprocessor, colours }: SetFacts,
  more: Pick<RunConfig, "checkpointEvery" | "minutes" | "shards">,
): RunConfig {
  return {
    recipe,
    dataset: name,
    classNames,
    images: { train: train.shape[0], ...(validation && { validation: validation.shape[0] }), test: test.shape[0] },
    ...(colours && { colours: rowsOf(colours) }),
    ...(train.labelShape && { imageSize: [train.shape[1], train.shape[2]] as const }),
    ...(preprocessor && { preprocessing: preprocessor.settings }),
    device: { kind, description },
    ...more,
    versions: { tessera: packageJson.version, node: process.versions.node },
    started: new Date().toISOString(),
  };
}

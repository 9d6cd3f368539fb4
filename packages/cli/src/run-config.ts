/** @file What a run's `config.json` says of where and with what it ran. */
import { encodePreprocessor } from "@tessera/data";
import type { Device } from "@tessera/tensor";
import packageJson from "../package.json" with { type: "json" };
import type { LoadedSet } from "./load-set.ts";
import type { ModelName } from "./models.ts";
import { PREPROCESSOR_FILE, type RunConfig, type RunFolder } from "./run-folder.ts";

/** Writes the description; and what made a prepared set's pixels, for the images that the run is to see later. */
export function describeRun(folder: RunFolder, ...what: Parameters<typeof runConfig>): void {
  const [, , , { preprocessor }] = what;
  if (preprocessor) folder.write(PREPROCESSOR_FILE, encodePreprocessor(preprocessor));
  folder.writeJson("config.json", runConfig(...what));
}

/** Settings of a command, with device, versions, data and optimizer. */
function runConfig(
  model: ModelName,
  settings: Pick<RunConfig, "data" | "labels" | "seed">,
  { kind, description }: Device,
  { name, classNames, train, test, validation, preprocessor }: LoadedSet,
): RunConfig {
  return {
    model,
    ...settings,
    dataset: name,
    classNames,
    images: { train: train.shape[0], ...(validation && { validation: validation.shape[0] }), test: test.shape[0] },
    ...(preprocessor && { preprocessing: preprocessor.settings }),
    pixels: { mean: 0, deviation: 255 },
    optimizer: { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
    device: { kind, description },
    versions: { tessera: packageJson.version, node: process.versions.node },
    started: new Date().toISOString(),
  };
}

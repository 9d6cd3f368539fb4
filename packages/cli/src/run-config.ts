/** @file What a run's `config.json` says of where and with what it ran. */
import type { LabelledSet } from "@tessera/data";
import type { Device } from "@tessera/tensor";
import packageJson from "../package.json" with { type: "json" };
import type { ModelName } from "./models.ts";
import type { RunConfig } from "./run-folder.ts";

/** Settings of a command, with device, versions, data and optimizer. */
export function describeRun(
  model: ModelName,
  settings: Pick<RunConfig, "data" | "labels" | "seed">,
  { kind, description }: Device,
  { name, classNames, train, test }: LabelledSet,
): RunConfig {
  return {
    model,
    ...settings,
    dataset: name,
    classNames,
    images: { train: train.shape[0], test: test.shape[0] },
    pixels: { mean: 0, deviation: 255 },
    optimizer: { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
    device: { kind, description },
    versions: { tessera: packageJson.version, node: process.versions.node },
    started: new Date().toISOString(),
  };
}

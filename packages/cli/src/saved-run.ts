/** @file A run that was trained before, ready to be asked. */
import type { Preprocessor } from "@tessera/data";
import { loadWeights, PixelScale, type Sequential } from "@tessera/nn";
import { type Command, Option } from "commander";
import { type DeviceOptions, openChosen, withDeviceOptions } from "./device-options.ts";
import { readPretrained } from "./pretrained.ts";
import { recipeModel } from "./recipe/recipe-model.ts";
import { type RunConfig, RunFolder, type Weights } from "./run-folder.ts";

/** Options of every command that asks a run. */
export interface SavedRunOptions extends DeviceOptions {
  readonly weights?: Weights;
  readonly json?: boolean;
  readonly pretrained?: boolean;
}

/** A model with a run's weights. */
export interface SavedRun {
  readonly config: RunConfig;
  readonly model: Sequential;
  readonly pixels: PixelScale;
  readonly weights: Weights | "pretrained";
  /** What images go through first, where the run was trained on a prepared set. */
  readonly preprocessor: Preprocessor | undefined;
}

/** Adds the options of {@link SavedRunOptions} to a command. */
export function withSavedRunOptions(command: Command): Command {
  return withDeviceOptions(command)
    .addOption(
      new Option(
        "--weights <which>",
        "those of the best epoch, or the last (default: best where there are any)",
      ).choices(["best", "last"]),
    )
    .option("--pretrained", "no run, but the cnn for CIFAR-100 that comes with tessera")
    .option("--json", "as JSON");
}

/**
 * Opens a device, rebuilds the run's model on it, hands both to `body`, and closes the device.
 *
 * @param path folder of the run; `null` for the pretrained network
 */
export async function withSavedRun(
  path: string | null,
  options: SavedRunOptions,
  body: (run: SavedRun) => Promise<void>,
): Promise<void> {
  const { config, which, file, bytes, preprocessor } = path === null ? packaged() : inFolder(path, options.weights);
  const device = await openChosen(options);
  try {
    const model = recipeModel(config.recipe, config.classNames.length);
    try {
      loadWeights(model, bytes);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${file}: ${reason}`, { cause });
    }
    await body({ config, model, pixels: new PixelScale(config.recipe.data), weights: which, preprocessor });
  } finally {
    await device.destroy();
  }
}

function inFolder(path: string, weights: Weights | undefined) {
  const folder = RunFolder.open(path);
  const config = folder.config();
  const { which, bytes } = folder.weights(weights);
  return { config, which, bytes, file: folder.file(`${which}.safetensors`), preprocessor: folder.preprocessor(config) };
}

function packaged() {
  const { config, bytes, path } = readPretrained();
  return { config, which: "pretrained" as const, bytes, file: path, preprocessor: undefined };
}

import { Command, Option } from "commander";
import { asTrained } from "../as-trained.ts";
import { evaluateSet } from "../evaluate-set.ts";
import { dataHelp, loadData } from "../load-data.ts";
import { metricsText } from "../metrics-text.ts";
import { type SavedRunOptions, withSavedRun, withSavedRunOptions } from "../saved-run.ts";

interface EvaluateOptions extends SavedRunOptions {
  readonly data?: string;
  readonly set: "train" | "test";
}

/** `tessera evaluate <run>`: loss and accuracy of a run's weights. */
export function evaluateCommand(): Command {
  const command = new Command("evaluate")
    .description("measure a run's weights on a whole set")
    .argument("<run>", "folder that tessera train wrote")
    .option("--data <path>", `${dataHelp} (default: where the run had it)`)
    .addOption(new Option("--set <set>", "which images").choices(["train", "test"]).default("test"));
  return withSavedRunOptions(command)
    .addHelpText(
      "after",
      `
A run that was trained on a prepared set keeps what made its pixels, and applies it to a source that is not prepared.

Examples:
  tessera evaluate runs/first
  tessera evaluate runs/first --set train --json
  tessera evaluate runs/whitened --data data/cifar-100-python.tar.gz`,
    )
    .action(run);
}

function run(path: string, options: EvaluateOptions): Promise<void> {
  return withSavedRun(path, options, async ({ config, model, pixels, weights, preprocessor }) => {
    const { path: ownPath, labels } = config.recipe.data;
    const source = options.data ?? ownPath;
    if (source === undefined) throw new Error(`${path}: its recipe has no data\n  hint: name a set with --data`);
    const data = await loadData(source, labels);
    if (data.classNames.length !== config.classNames.length) {
      const counts = `the run has ${config.classNames.length} classes, ${data.name} ${data.classNames.length}`;
      throw new Error(`${source}: another data set than the run's: ${counts}`);
    }
    const set = await asTrained(data, options.set, preprocessor, source);
    const metrics = await evaluateSet(model, set, pixels, `${options.set} set`);
    const images = set.shape[0];
    if (options.json)
      console.log(JSON.stringify({ run: path, weights, set: options.set, images, ...metrics }, null, 2));
    else console.log(`${options.set} set, ${images} images, ${weights} weights: ${metricsText(metrics)}`);
  });
}

import { AveragedViews, PredictionRecorder, type TestTimeAugmentation, viewsOf } from "@tessera/nn";
import { Command, Option } from "commander";
import { asTrained } from "../as-trained.ts";
import { evaluateSet } from "../evaluate-set.ts";
import { evaluationReport, reportJson, reportText, superclassesIn, writeReport } from "../evaluation-report.ts";
import { dataHelp } from "../load-data.ts";
import { countOf, labelsOf, type MeasuredImages } from "../measured-images.ts";
import { metricsText } from "../metrics-text.ts";
import { coloursOf } from "../pixels/colour-rows.ts";
import { evaluatePixels } from "../pixels/evaluate-pixels.ts";
import { loadTask } from "../pixels/load-task.ts";
import type { Recipe } from "../recipe/recipe-schema.ts";
import { RunFolder } from "../run-folder.ts";
import { type SavedRun, type SavedRunOptions, withSavedRun, withSavedRunOptions } from "../saved-run.ts";
import { openMeasured } from "../streamed/evaluate-streamed.ts";
import { isStreamed } from "../streamed/streams.ts";
import { ttaOption, ttaText } from "../tta-option.ts";

interface EvaluateOptions extends SavedRunOptions {
  readonly data?: string;
  readonly set: "train" | "test";
  readonly report?: boolean;
  readonly tta?: TestTimeAugmentation;
  readonly layer?: string;
  readonly beside?: string;
}

/** `tessera evaluate <run>`: loss and accuracy of a run's weights. */
export function evaluateCommand(): Command {
  const command = new Command("evaluate")
    .description("measure a run's weights on a whole set")
    .argument("[run]", "folder that tessera train wrote; none with --pretrained")
    .option("--data <path>", `${dataHelp} (default: where the run had it)`)
    .addOption(new Option("--set <set>", "which images").choices(["train", "test"]).default("test"))
    .option("--report", "classes, pairs that are confused, superclasses; the confusion matrix into the run's folder")
    .option("--layer <name>", "with --report, of a run for pixels: draw what this layer makes of the first image")
    .option("--beside <run>", "of a run for pixels: compare it with another one at the same number of steps")
    .addOption(ttaOption());
  return withSavedRunOptions(command)
    .addHelpText(
      "after",
      `
Of runs that give a class to each pixel, accuracy is the share of pixels that are right, and mean and weighted IoU come
with it. Their report has each class's IoU, strips of what was seen, what is true and what was predicted, and overlays.
--beside takes both runs' validation after as many epochs as both have, and a guess that sees no images.

A run that was trained on a prepared set keeps what made its pixels, and applies it to a source that is not prepared.

Examples:
  tessera evaluate runs/first
  tessera evaluate runs/first --set train --json
  tessera evaluate runs/first --report --tta flip
  tessera evaluate runs/unet --report --beside runs/cnn --layer skip_connection.body.conv2d
  tessera evaluate --pretrained --data data/cifar-100-python.tar.gz
  tessera evaluate runs/whitened --data data/cifar-100-python.tar.gz`,
    )
    .action(run);
}

function run(path: string | undefined, options: EvaluateOptions, command: Command): Promise<void> {
  if ((path === undefined) !== (options.pretrained ?? false)) {
    command.error(`error: expected ${path === undefined ? "a run's folder, or" : "no run's folder with"} --pretrained`);
  }
  return withSavedRun(path ?? null, options, async (saved) => {
    const { config, preprocessor } = saved;
    const { task, data: of } = config.recipe;
    const { path: ownPath } = of;
    checkAsked(config.recipe, options, command);
    const source = options.data ?? ownPath;
    if (source === undefined) {
      throw new Error(`${path ?? "--pretrained"}: its recipe has no data\n  hint: name a set with --data`);
    }
    if (isStreamed(config.recipe, source)) {
      await using set = await openMeasured(config, options.set, options.data);
      return measure(saved, set, set, undefined, path, options);
    }
    const data = await loadTask(config.recipe, source, config.colours && coloursOf(config.colours));
    if (data.classNames.length !== config.classNames.length) {
      const counts = `the run has ${config.classNames.length} classes, ${data.name} ${data.classNames.length}`;
      throw new Error(`${source}: another data set than the run's: ${counts}`);
    }
    if (task && path !== undefined) return evaluatePixels(saved, data, path, options);
    const set = await asTrained(data, options.set, preprocessor, source);
    const superclasses = options.report ? superclassesIn(data, of.labels) : undefined;
    await measure(saved, set, data, superclasses, path, options);
  });
}

/** Refuses what is for classes of images where they are of pixels, and the other way round. */
function checkAsked({ task, model }: Recipe, options: EvaluateOptions, command: Command): void {
  const refused = (task ? (["tta"] as const) : (["layer", "beside"] as const)).find((each) => options[each]);
  if (refused) {
    command.error(
      `error: --${refused} is not for ${model.name}, which gives a class to each ${task ? "pixel" : "image"}`,
    );
  }
  if (options.layer !== undefined && !options.report) command.error("error: --layer goes with --report");
}

/** Measures, writes what the report has into the run's folder, if there is one, and prints. */
async function measure(
  { config, model: own, pixels, weights }: SavedRun,
  set: MeasuredImages,
  data: { readonly classNames: readonly string[] },
  superclasses: Int32Array | undefined,
  path: string | undefined,
  options: EvaluateOptions,
): Promise<void> {
  const { labels } = config.recipe.data;
  const model = options.tta ? new AveragedViews(own, options.tta) : own;
  const recorder = options.report ? new PredictionRecorder(model, superclasses && { superclasses }) : null;
  const metrics = await evaluateSet(recorder ?? model, set, pixels, `${options.set} set`);
  const report = recorder && evaluationReport(await labelsOf(set), await recorder.take(), data, superclasses);
  if (report && path) await writeReport(RunFolder.open(path), report);
  const images = countOf(set);
  if (options.json) {
    const what = { run: path ?? null, weights, set: options.set, labels, images };
    const tta = options.tta && { tta: { views: viewsOf(options.tta), averaged: "probabilities" } };
    console.log(JSON.stringify({ ...what, ...tta, ...metrics, ...(report && reportJson(report)) }, null, 2));
    return;
  }
  const level = labels === "coarse" ? ` with coarse labels (${config.classNames.length} superclasses)` : "";
  console.log(`${options.set} set${level}, ${images} images, ${weights} weights: ${metricsText(metrics)}`);
  if (options.tta)
    console.log(`probabilities averaged over ${viewsOf(options.tta).length} views: ${ttaText[options.tta]}`);
  if (report) {
    console.log(`\n${reportText(report)}`);
    if (path) console.log(`\nconfusion matrix in ${path}: confusion.json, .csv, .svg, .png`);
  }
}

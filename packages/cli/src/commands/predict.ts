import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage, type RgbImage, resizeBilinear } from "@tessera/data";
import { AveragedViews, type Module, predict, softmaxRows, type TestTimeAugmentation } from "@tessera/nn";
import { Command } from "commander";
import { percent } from "../metrics-text.ts";
import { positiveInteger } from "../options.ts";
import { predictPixelFiles } from "../pixels/predict-pixels.ts";
import { reportError } from "../report-error.ts";
import { type SavedRun, type SavedRunOptions, withSavedRun, withSavedRunOptions } from "../saved-run.ts";
import { asStreamed, isStreamed } from "../streamed/streams.ts";
import { ttaOption } from "../tta-option.ts";

interface PredictOptions extends SavedRunOptions {
  readonly top: number;
  readonly tta?: TestTimeAugmentation;
  readonly out?: string;
}

/** Height and width of the images that the networks see. */
const size = 32;

/** `tessera predict <run> <images…>`: what a run's weights see in image files. */
export function predictCommand(): Command {
  const command = new Command("predict")
    .description("name what image files show, by a run's weights")
    .usage("[options] <run> <images...>\n       tessera predict --pretrained [options] <images...>")
    .argument(
      "<paths...>",
      "folder that tessera train wrote, unless --pretrained; then PNG or JPEG files of any size, resized to what the network sees, and prepared as its training set was",
    )
    .option("--top <n>", "classes to name per image", positiveInteger, 3)
    .option("--out <dir>", "of a run for pixels: folder of the PNGs (default: predictions in the run's folder)")
    .addOption(ttaOption());
  return withSavedRunOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  tessera predict runs/first cat.jpg dog.png
  tessera predict runs/first *.jpg --json
  tessera predict runs/first cat.jpg --tta flip --top 5
  tessera predict --pretrained cat.jpg
  tessera predict runs/unet horse.jpg --out coloured    (colours of a grey image; or masks over it, of runs for those)`,
    )
    .action(run);
}

/** A class, and the softmax of its logit. */
interface Guess {
  readonly class: string;
  readonly probability: number;
}

function run(paths: readonly string[], options: PredictOptions, command: Command): Promise<void> {
  const images = options.pretrained ? paths : paths.slice(1);
  if (images.length === 0) command.error("error: missing image files behind the run's folder");
  return withSavedRun(options.pretrained ? null : paths[0]!, options, async (saved) => {
    const { task, model: named } = saved.config.recipe;
    if (task) {
      if (options.tta) command.error(`error: --tta is not for ${named.name}, which gives a class to each pixel`);
      const out = options.out ?? join(paths[0]!, "predictions");
      return predictPixelFiles(saved, images, { ...options, out });
    }
    if (options.out !== undefined) command.error(`error: --out is not for ${named.name}, which draws nothing`);
    const model = options.tta ? new AveragedViews(saved.model, options.tta) : saved.model;
    const results: { image: string; predictions: Guess[] }[] = [];
    for (const image of images) {
      try {
        const decoded = await decodeImage(await readFile(image), { source: image });
        const predictions = await guess(model, saved, decoded, options.top);
        results.push({ image, predictions });
        if (!options.json) console.log(`${image}: ${predictions.map(guessText).join(", ")}`);
      } catch (error) {
        // One bad file does not keep the others from being read.
        reportError(error);
        process.exitCode = 1;
      }
    }
    if (options.json) console.log(JSON.stringify(results, null, 2));
  });
}

async function guess(
  model: Module,
  { pixels, config, preprocessor }: SavedRun,
  image: RgbImage,
  top: number,
): Promise<Guess[]> {
  const resized = isStreamed(config.recipe, config.recipe.data.path ?? "")
    ? asStreamed(config.recipe, image)
    : resizeBilinear(image, size, size);
  const shape = [1, resized.height, resized.width, 3] as const;
  const images = preprocessor ? await preprocessor.apply(resized.pixels, shape) : resized.pixels;
  const [logits] = await predict(model, [{ images, shape }], { pixels });
  const probabilities = softmaxRows(logits!, config.classNames.length);
  return config.classNames
    .map((name, label) => ({ class: name, probability: probabilities[label]! }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, top);
}

function guessText({ class: name, probability }: Guess): string {
  return `${name} ${percent(probability)}`;
}

import { readFile } from "node:fs/promises";
import { decodeImage, type RgbImage, resizeBilinear } from "@tessera/data";
import { predict } from "@tessera/nn";
import { Command } from "commander";
import { percent } from "../metrics-text.ts";
import { positiveInteger } from "../options.ts";
import { reportError } from "../report-error.ts";
import { type SavedRun, type SavedRunOptions, withSavedRun, withSavedRunOptions } from "../saved-run.ts";

interface PredictOptions extends SavedRunOptions {
  readonly top: number;
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
    .option("--top <n>", "classes to name per image", positiveInteger, 3);
  return withSavedRunOptions(command)
    .addHelpText(
      "after",
      "\nExamples:\n  tessera predict runs/first cat.jpg dog.png\n  tessera predict runs/first *.jpg --json\n  tessera predict --pretrained cat.jpg",
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
    const results: { image: string; predictions: Guess[] }[] = [];
    for (const image of images) {
      try {
        const decoded = await decodeImage(await readFile(image), { source: image });
        const predictions = await guess(saved, decoded, options.top);
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
  { model, pixels, config, preprocessor }: SavedRun,
  image: RgbImage,
  top: number,
): Promise<Guess[]> {
  const resized = resizeBilinear(image, size, size);
  const shape = [1, size, size, 3] as const;
  const images = preprocessor ? await preprocessor.apply(resized.pixels, shape) : resized.pixels;
  const [logits] = await predict(model, [{ images, shape }], { pixels });
  const probabilities = softmax(logits!);
  return config.classNames
    .map((name, label) => ({ class: name, probability: probabilities[label]! }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, top);
}

function softmax(logits: Float32Array): number[] {
  const greatest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - greatest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function guessText({ class: name, probability }: Guess): string {
  return `${name} ${percent(probability)}`;
}

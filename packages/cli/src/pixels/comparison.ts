/** @file Two runs at the same number of steps, beside a guess that sees no images. */
import { type FrequencyBaseline, frequencyBaseline, IGNORE_INDEX } from "@tessera/nn";
import type { LoadedSet } from "../load-set.ts";
import { percent } from "../metrics-text.ts";
import { readHistory } from "../read-history.ts";
import type { Recipe } from "../recipe/recipe-schema.ts";
import { type RunConfig, RunFolder } from "../run-folder.ts";
import { splitSet } from "../training-plan.ts";

/** A run as it was after some epochs. */
interface Stand {
  readonly run: string;
  readonly model: string;
  readonly loss: number;
  readonly accuracy: number;
}

/** What `comparison.json` holds, all of it on the validation set. */
export interface Comparison {
  readonly epochs: number;
  readonly steps: number;
  readonly images: number;
  readonly runs: readonly Stand[];
  /** What always guessing by the frequencies of the training set gets. */
  readonly guess: Omit<FrequencyBaseline, "label"> & { readonly class: string };
}

/**
 * Validation loss and accuracy of two runs after as many epochs as both have.
 *
 * @throws Error where the runs were not trained alike, so that their numbers say nothing of their networks
 */
export function compareRuns(path: string, otherPath: string, data: LoadedSet): Comparison {
  const [own, other] = [RunFolder.open(path), RunFolder.open(otherPath)];
  const { recipe, classNames } = own.config();
  checkAlike([path, own.config()], [otherPath, other.config()]);
  const { train, validation } = splitSet(data, recipe);
  if (!validation) throw new Error(`${path}: it has no validation set, so its history has nothing to compare`);
  const histories = [own, other].map((folder) => readHistory(folder.file("history.jsonl")).epochs);
  const epochs = Math.min(...histories.map(({ length }) => length));
  if (epochs === 0) throw new Error(`${histories[0]!.length === 0 ? path : otherPath}: it has no whole epoch yet`);
  const stand = (folder: RunFolder, i: number): Stand => {
    const { val_loss, val_accuracy } = histories[i]![epochs - 1]!;
    return { run: folder.path, model: folder.config().recipe.model.name, loss: val_loss!, accuracy: val_accuracy! };
  };
  const ignore = { ignoreIndex: IGNORE_INDEX };
  const { label, ...guess } = frequencyBaseline(train.labels, validation.labels, classNames.length, ignore);
  const stepsPerEpoch = Math.ceil(Math.ceil(train.shape[0] / recipe.batchSize) / recipe.accumulate);
  return {
    ...{ epochs, steps: epochs * stepsPerEpoch, images: validation.shape[0] },
    runs: [own, other].map(stand),
    guess: { ...guess, class: classNames[label]! },
  };
}

/** What must be the same, so that the networks alone differ. */
function checkAlike([path, one]: [string, RunConfig], [otherPath, other]: [string, RunConfig]): void {
  const facts = ({ recipe, classNames }: RunConfig) => ({ ...partsOf(recipe), classes: classNames });
  const [expected, found] = [facts(one), facts(other)].map((each) => Object.entries(each));
  const differs = expected!.findIndex(([, value], i) => JSON.stringify(value) !== JSON.stringify(found![i]![1]));
  if (differs < 0) return;
  const [name, value] = expected![differs]!;
  const text = [found![differs]![1], value].map((each) => JSON.stringify(each ?? null));
  throw new Error(`${otherPath}: trained otherwise than ${path}: ${name} is ${text[0]}, not ${text[1]}`);
}

function partsOf({ batchSize, accumulate, seed, optimizer, schedule, epochs, augment, task, data }: Recipe) {
  const { validation, mean, deviation } = data;
  // A schedule that depends on the whole length is another one where the length is.
  const length = schedule.name === "constant" ? {} : { epochs };
  return { validation, mean, deviation, batchSize, accumulate, seed, optimizer, schedule, ...length, augment, task };
}

/** The comparison for a person. */
export function comparisonText({ steps, images, runs, guess }: Comparison): string {
  const rows = [
    ...runs.map(({ model, run, ...measured }) => ({ ...measured, what: `${model} (${run})` })),
    { ...guess, what: `always by the training set's frequencies; the most frequent is ${guess.class}` },
  ];
  const lines = rows.map(({ loss, accuracy, what }) => {
    return `  loss ${loss.toFixed(4)}  accuracy ${percent(accuracy).padStart(7)}  ${what}`;
  });
  return [`after ${steps} steps, on the ${images} validation images:`, ...lines].join("\n");
}

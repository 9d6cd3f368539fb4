/** @file `tessera train --resume`: a run that goes on as if it had never been stopped. */
import { deviceVariant, type FitState, loadCheckpoint } from "@tessera/nn";
import type { Device } from "@tessera/tensor";
import { CommanderError } from "commander";
import { type DeviceOptions, openChosen } from "./device-options.ts";
import type { SetFacts } from "./load-set.ts";
import type { CheckpointEvery } from "./options.ts";
import { type OutcomeOptions, sayOutcome } from "./outcome.ts";
import { beginWithBackbone } from "./pixels/backbone.ts";
import type { Rank, RankOptions } from "./ranks.ts";
import { CHECKPOINT_FILE, type RunConfig, type RunFolder } from "./run-folder.ts";
import { openTrainingData, type TrainingData } from "./training-data.ts";
import { runTraining, type TrainingRun } from "./training-run.ts";
import { say } from "./voice.ts";

/** What a resumed run may be told. */
interface ResumeOptions extends DeviceOptions, OutcomeOptions, RankOptions {
  readonly epochs: number;
  readonly checkpointEvery: CheckpointEvery;
}

/** What changes no step of a run. */
const harmless: ReadonlySet<string> = new Set([
  ...["--resume", "--epochs", "--checkpoint-every", "--device", "--threads", "--json", "--batch-norm"],
]);

/**
 * @param path the run's folder
 * @param given what stood on the command line
 * @param rank this process among those that train, of which there may be more or fewer than before
 */
export async function resumeRun(
  path: string,
  given: readonly string[],
  options: ResumeOptions,
  rank: Rank,
): Promise<void> {
  const refused = given.find((each) => !harmless.has(each));
  if (refused !== undefined) {
    const message = `error: ${refused} cannot be given with --resume: a run goes on with its own settings`;
    console.error(message);
    throw new CommanderError(2, "tessera.resume", message);
  }
  const folder = await rank.open(path);
  const own = folder.config();
  if (own.checkpointEvery === undefined) {
    throw new Error(`${path}: it is no run of tessera train, and has nothing to go on from`);
  }
  const checkpointEvery = given.includes("--checkpoint-every") ? options.checkpointEvery : own.checkpointEvery;
  const epochs = given.includes("--epochs") ? options.epochs : own.recipe.epochs;
  const recipe = { ...own.recipe, epochs };
  const { path: source } = recipe.data;
  if (source === undefined) throw new Error(`${folder.file("config.json")}: its recipe has no data`);
  const device = await openChosen({
    ...rank.device,
    device: given.includes("--device") ? options.device : (own.device.kind as DeviceOptions["device"]),
  });
  let data: TrainingData | undefined;
  try {
    data = await openTrainingData(recipe, false);
    await rank.requireSame(device, data);
    checkData(folder, { ...own, source }, { ...data.facts, ...data.more });
    const run = { ...data.plan(rank.distributed?.communicator), folder };
    const state = goOn(run, folder, device);
    if (state && state.history.length > epochs) {
      throw new Error(`${path}: ${state.history.length} epochs are trained already, more than ${epochs}`);
    }
    if (epochs !== own.recipe.epochs) folder.writeJson("config.json", { ...own, recipe });
    if (!state) beginWithBackbone(run.model, recipe);
    say(`${device.description}; ${data.description}; ${folder.path} ${whereFrom(state, epochs)}`);
    const outcome = await runTraining({ ...run, state, checkpointEvery, distributed: rank.distributed });
    if (rank.leads) sayOutcome(folder, outcome, options);
  } finally {
    await data?.close();
    await device.destroy();
  }
}

/** As the end of a sentence about the run. */
function whereFrom(state: FitState | null, epochs: number): string {
  if (!state) return "goes on from the beginning: it has no checkpoint";
  if (state.epoch <= epochs) return `goes on from epoch ${state.epoch}, batch ${state.batch + 1}`;
  return `has been trained for all of its epochs, ${epochs}, and is measured once more; --epochs trains it longer`;
}

/** What of a run's data is compared. */
type Comparable = Pick<RunConfig, "dataset" | "classNames" | "images" | "shards">;

/** The data must be what the run began with. */
function checkData(
  folder: RunFolder,
  config: RunConfig & { source: string },
  data: SetFacts & Pick<RunConfig, "shards">,
): void {
  const facts = ({ dataset, classNames, images, shards }: Comparable) => ({
    "the set": dataset,
    "the number of classes": classNames.length,
    "the names of the classes": classNames.join(", "),
    "the number of training images": images.train,
    "the number of test images": images.test,
    "the hash of the shards": shards?.sha256 ?? "none",
  });
  const images = { train: data.train.shape[0], test: data.test.shape[0] };
  const { name: dataset, classNames, shards } = data;
  const now = facts({ dataset, classNames, images, ...(shards && { shards }) });
  for (const [what, before] of Object.entries(facts(config))) {
    const found = now[what as keyof typeof now];
    if (found === before) continue;
    const short = (value: string | number) => String(value).slice(0, 60);
    throw new Error(
      `${config.source}: not the data of ${folder.path}: ${what} was ${short(before)}, and is ${short(found)}`,
    );
  }
}

/** Fills model and optimizer from the checkpoint, and says where it was written; `null` where there is none yet. */
function goOn({ model, optimizer, average }: TrainingRun, folder: RunFolder, device: Device) {
  const bytes = folder.checkpoint();
  if (!bytes) {
    folder.cutToStart();
    return null;
  }
  try {
    const state = loadCheckpoint(model, optimizer, bytes, average && { average });
    if (!state) throw new Error("checkpoint: it does not say where training stood");
    if (state.variant !== deviceVariant(device)) {
      console.error(
        `the run was trained on ${state.variant}, and goes on on ${deviceVariant(device)}: the last bits will differ`,
      );
    }
    return state;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${folder.file(CHECKPOINT_FILE)}: ${reason}`, { cause });
  }
}

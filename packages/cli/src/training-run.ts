/** @file A training run from its first step to its pictures: what `train` and `demo` share. */
import {
  type BatchTransform,
  type Callback,
  classification,
  type DistributedOptions,
  type EpochResult,
  type FitOptions,
  type FitResult,
  type FitState,
  fit,
  type InputMeter,
  learningRateScheduler,
  loadWeights,
  type Metrics,
  modelCheckpoint,
  nanGuard,
  type Objective,
  type Optimizer,
  type PixelScale,
  type Schedule,
  type Sequential,
  saveWeights,
  trainingCheckpoint,
  type WeightAverage,
} from "@tessera/nn";
import { measureSet } from "./evaluate-set.ts";
import { batchesOf, countOf, type MeasuredImages, ranksByParts } from "./measured-images.ts";
import { metricsText, percent } from "./metrics-text.ts";
import type { CheckpointEvery } from "./options.ts";
import { writePicture } from "./pictures/write-picture.ts";
import { predictionGrid } from "./prediction-grid.ts";
import { formatSeconds, type ProgressBar, progressBar } from "./progress.ts";
import { markRunning, progressMark } from "./report/run-state.ts";
import { NAN_DUMP_FILE, type RunFolder, type Weights } from "./run-folder.ts";
import { type RunLogOptions, runLog } from "./run-log.ts";
import { say } from "./voice.ts";

/** What is trained, on what, and where it goes. */
export interface TrainingRun {
  readonly folder: RunFolder;
  readonly model: Sequential;
  readonly optimizer: Optimizer;
  readonly pixels: PixelScale;
  readonly epochs: number;
  /** Default: cross-entropy as it is. */
  readonly objective?: Objective<"accuracy">;
  /** By iteration, counted from 0. Default: the optimizer's own. */
  readonly learningRate?: Schedule;
  /** What happens besides, given who prints a line below the epoch's. Default: nothing. */
  readonly callbacks?: (say: (line: string) => void) => readonly Callback[];
  readonly transform?: BatchTransform;
  readonly average?: WeightAverage;
  readonly accumulate?: number;
  /** Batches of an epoch, counted from 1, and how many images they hold. */
  readonly train: FitOptions<"accuracy">["train"];
  readonly imagesPerEpoch: number;
  readonly validation: MeasuredImages | null;
  /** Measured once, after the last step. */
  readonly test: MeasuredImages;
  /** Whether to keep the weights of the least validation loss, as those that count: not where the test set validates. */
  readonly chooseBest: boolean;
  readonly classNames: readonly string[];
  readonly seed: number;
  /** TensorBoard's histograms of the weights. Default: none. */
  readonly histograms?: RunLogOptions["histograms"];
  /** What measures waiting for input, where images are not in memory. */
  readonly input?: InputMeter;
  /** How the epoch in progress is called, as `epoch 1/10`. */
  readonly title: (epoch: number) => string;
  /** How often a checkpoint is written in an epoch, besides after it. Default: the run has none, and cannot be resumed. */
  readonly checkpointEvery?: CheckpointEvery;
  /** Where to go on from. Default: the beginning. */
  readonly state?: FitState | null;
  /** The ranks that train and measure together, of which 0 writes and draws. Default: this process alone. */
  readonly distributed?: DistributedOptions | undefined;
  /** Ends training as if the last epoch were over. Default: never. */
  readonly deadline?: AbortSignal;
  /** Draws what the model makes of the test set, as SVG. Default: images with their classes. */
  readonly picture?: (model: Sequential) => Promise<string>;
}

/** A run that has no folder yet. */
export type PlannedRun = Omit<TrainingRun, "folder">;

/** What a run ended with. */
export interface TrainingOutcome {
  /** Whether it was stopped from the keyboard; then nothing was measured. */
  readonly interrupted: boolean;
  readonly history: readonly EpochResult<"accuracy">[];
  readonly test?: Metrics<"accuracy">;
}

/** Trains, writes everything into the run's folder, and says on standard output what happened. */
export async function runTraining(run: TrainingRun): Promise<TrainingOutcome> {
  const stop = new AbortController();
  const onInterrupt = interruptHandler(stop);
  // What schedulers send before they end or move a job.
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, onInterrupt);
  const unmark = markRunning(run.folder);
  try {
    const { history, interrupted } = await trainEpochs(
      run,
      run.deadline ? AbortSignal.any([stop.signal, run.deadline]) : stop.signal,
    );
    run.folder.write("last.safetensors", await finalWeights(run));
    const leads = (run.distributed?.communicator.rank ?? 0) === 0;
    if (leads) await writeCurves(run.folder, history);
    // Of several ranks all were interrupted if one was.
    if (!(run.distributed ? interrupted : stop.signal.aborted)) {
      // Nothing is lost from here on, so Ctrl-C does what it always does.
      for (const signal of signals) process.removeListener(signal, onInterrupt);
      return { interrupted: false, history, test: await measureTest(run, leads) };
    }
    say(`stopped; the weights reached are in ${run.folder.file("last.safetensors")}`);
    if (run.checkpointEvery) say(`go on with: tessera train --resume ${run.folder.path}`);
    process.exitCode = 130;
    return { interrupted: true, history };
  } finally {
    unmark();
    for (const signal of signals) process.removeListener(signal, onInterrupt);
  }
}

/**
 * The first Ctrl-C asks training to stop, a later one ends the process. Starters like npx hand the signal on once more,
 * at about the same time, so what comes within a second counts as the first.
 */
function interruptHandler(stop: AbortController): () => void {
  let first = Number.POSITIVE_INFINITY;
  return () => {
    if (performance.now() - first > 1000) {
      if (process.stderr.isTTY) process.stderr.write("\u001b[?25h"); // the cursor, which a bar hides
      process.exit(130);
    }
    first = Math.min(first, performance.now());
    stop.abort();
  };
}

/** The average's, where there is one: the model keeps them, for what is measured and shown. */
async function finalWeights({ model, average }: TrainingRun): Promise<Uint8Array> {
  average?.swapIn();
  return saveWeights(model);
}

async function trainEpochs(run: TrainingRun, signal: AbortSignal): Promise<FitResult<"accuracy">> {
  const { folder, model, optimizer, pixels, epochs, validation, checkpointEvery, state } = run;
  const write = folder.write.bind(folder);
  const display = progressDisplay(run, signal);
  const ranks = ranksByParts(objectiveOf(run), run.distributed);
  const options: FitOptions<"accuracy"> = {
    ...{ epochs, pixels, signal, train: run.train, state: state ?? null, accumulate: run.accumulate ?? 1 },
    ...{ objective: objectiveOf(run), distributed: run.distributed },
    ...(run.transform && { transform: run.transform }),
    ...(run.average && { average: run.average }),
    ...(validation && { validation: () => batchesOf(validation, ranks) }),
    callbacks: [
      ...(run.learningRate ? [learningRateScheduler(run.learningRate, { by: "iteration" })] : []),
      ...(run.callbacks?.(display.say) ?? []),
      runLog(folder, { histograms: run.histograms }),
      modelCheckpoint({ write, monitor: run.chooseBest ? "val_loss" : null }),
      display.callback,
      progressMark(folder, run.imagesPerEpoch),
      ...(checkpointEvery ? [trainingCheckpoint({ write, ...checkpointEvery })] : []),
      nanGuard({ write, file: NAN_DUMP_FILE, seed: run.seed }),
    ],
  };
  try {
    const result = await fit(model, optimizer, options);
    if (result.stopped !== null) say(`training ended: ${result.stopped}`);
    return result;
  } finally {
    display.stop();
  }
}

/** A bar for each epoch, and a line when it is over. */
function progressDisplay({ title, imagesPerEpoch, epochs, input }: TrainingRun, signal: AbortSignal) {
  let bar: ProgressBar | null = null;
  let lines: string[] = [];
  const callback: Callback<"accuracy"> = {
    name: "progress",
    onTrainBegin({ epoch, epochs }) {
      if (epoch <= epochs) bar = progressBar(title(epoch), imagesPerEpoch);
    },
    onBatchEnd({ examples, means, imagesPerSecond }) {
      const rate = `${imagesPerSecond.toFixed(0)} images/s`;
      bar?.update(
        examples,
        `loss ${means.loss.toFixed(3)}, accuracy ${percent(means.accuracy)}, ${rate}${inputText(input)}`,
      );
    },
    onEpochEnd(result) {
      bar?.stop();
      for (const line of [`${title(result.epoch)}: ${epochText(result)}${inputText(input)}`, ...lines]) say(line);
      lines = [];
      if (result.epoch < epochs && !signal.aborted) bar = progressBar(title(result.epoch + 1), imagesPerEpoch);
    },
  };
  return { callback, say: (line: string) => void lines.push(line), stop: () => bar?.stop() };
}

/** Which of the two is the slower one: below a tenth, more of the device would help, from there on more of the input. */
function inputText(input: InputMeter | undefined): string {
  if (!input) return "";
  const share = input.waited / Math.max(1, input.elapsed);
  return `, ${share < 0.1 ? "device-bound" : "input-bound"} (waits ${percent(share)} for input)`;
}

function epochText(result: EpochResult<"accuracy">): string {
  const { seconds, images_per_second, val_loss, val_accuracy } = result;
  const line = `${metricsText(result)} (${formatSeconds(seconds)}, ${images_per_second.toFixed(0)} images/s)`;
  if (val_loss === undefined || val_accuracy === undefined) return line;
  const own = Object.entries(result).flatMap(([name, value]) =>
    name.startsWith("val_") ? [[name.slice("val_".length), value]] : [],
  );
  const validated = metricsText({ loss: val_loss, accuracy: val_accuracy, ...Object.fromEntries(own) });
  return `${line}; validation: ${validated}`;
}

/** The curves as SVG and PNG. A run that was stopped in its first epoch has none. */
async function writeCurves(folder: RunFolder, history: readonly EpochResult<"accuracy">[]): Promise<void> {
  if (history.length === 0) return;
  const { curvesSvg } = await import("./pictures/curves.ts");
  await writePicture(folder, "curves", await curvesSvg(history));
}

/** What training minimises and what is measured of it. */
function objectiveOf({ objective }: TrainingRun): Objective<"accuracy"> {
  return objective ?? classification();
}

/** Measures the weights that count on the test set; the rank that leads draws some of its images. */
async function measureTest(run: TrainingRun, leads: boolean): Promise<Metrics<"accuracy">> {
  const { folder, model, pixels, test, classNames, seed, picture, distributed } = run;
  const which: Weights = run.chooseBest && useBest(run) ? "best" : "last";
  const metrics = await measureSet(model, test, { pixels, objective: objectiveOf(run), distributed }, "test set");
  if (!leads) return metrics;
  folder.writeJson("test.json", { weights: which, images: countOf(test), ...metrics });
  const drawn = picture ? picture(model) : predictionGrid(model, test, { pixels, classNames, seed });
  await writePicture(folder, "predictions", await drawn);
  say(`test set, ${which} weights: ${metricsText(metrics)}`);
  return metrics;
}

/** Loads the best weights, if an epoch was completed. */
function useBest({ folder, model }: TrainingRun): boolean {
  const { which, bytes } = folder.weights();
  if (which === "best") loadWeights(model, bytes);
  return which === "best";
}

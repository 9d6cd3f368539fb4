/** @file The loop over epochs and batches. */
import { ArgumentError } from "@tessera/tensor";
import type { Batch } from "./batch.ts";
import type { Callback, EpochResult, TrainingContext } from "./callback.ts";
import { Agreement } from "./distributed/agreement.ts";
import { requireSameStart } from "./distributed/same-start.ts";
import { type Batches, evaluateBy, naming } from "./evaluate.ts";
import { checkImages, type FitOptions, type FitResult } from "./fit.ts";
import { callbackStates, type FitState, restoreCallbacks, startOfTraining } from "./fit-state.ts";
import { RunningMetrics, type RunningState } from "./metrics.ts";
import type { TrainingStep } from "./training-step.ts";
import { deviceVariant, saveCheckpoint, saveWeights } from "./weights.ts";

/** What `fit` was asked for. */
type TrainingOptions = FitOptions<string> & { readonly epochs: number };

/** Hooks that take nothing but the context. */
type Moment = "onTrainBegin" | "onEpochBegin" | "onSafePoint" | "onTrainEnd";

/** One call of `fit`. */
export class Training implements TrainingContext {
  readonly step: TrainingStep<string>;
  readonly epochs: number;
  epoch: number;
  batch: number;
  readonly #options: TrainingOptions;
  readonly #callbacks: readonly Callback[];
  readonly #history: EpochResult[];
  #running: RunningMetrics;
  /** Milliseconds of the epoch in which the main thread waited. */
  #waits = { input: 0, device: 0 };
  /** When the epoch began, as if it had run through: `performance.now()` minus the time that it took. */
  #start = 0;
  /** Rates count from here. */
  #resumedAt = { time: 0, examples: 0 };
  #stopped: string | null = null;
  /** How several ranks end together. */
  readonly #agreement: Agreement | null;
  /** Readings that arrived where a rank alone asked for them. */
  #early: Record<string, number>[] = [];
  /** Whether the kernels of a step were chosen: once, before the first. */
  #tuned = false;
  #safe = false;

  constructor(step: TrainingStep<string>, options: TrainingOptions) {
    const { epoch, batch, running, seconds, history, waits } = options.state ?? startOfTraining;
    this.step = step;
    this.epochs = options.epochs;
    this.epoch = epoch;
    this.batch = batch;
    this.#options = options;
    this.#callbacks = options.callbacks ?? [];
    this.#history = [...history];
    const { ranks } = step.options;
    const wish = () => this.#stopped ?? (options.signal?.aborted ? ({ interrupted: true } as const) : null);
    this.#agreement = ranks ? new Agreement(ranks, wish) : null;
    this.#running = this.#metrics(running);
    this.#start = performance.now() - seconds * 1000;
    if (waits) this.#waits = { ...waits };
  }

  get model() {
    return this.step.model;
  }

  get optimizer() {
    return this.step.optimizer;
  }

  get iteration(): number {
    return this.optimizer.iterations;
  }

  get ending(): string | null {
    if (this.#agreement) return this.#agreement.ending;
    if (this.#stopped !== null) return this.#stopped;
    return this.#options.signal?.aborted ? "interrupted" : null;
  }

  stop(reason: string): void {
    this.#stopped ??= reason;
  }

  async settle(): Promise<void> {
    await this.#arrived(await this.#waitForDevice(this.#running.settle()));
  }

  #metrics(state?: RunningState): RunningMetrics {
    return new RunningMetrics(state, this.#agreement?.pace);
  }

  async weights(metadata: Readonly<Record<string, string>> = {}): Promise<Uint8Array> {
    const { average } = this.#options;
    const save = () => saveWeights(this.model, metadata);
    return average ? average.during(save) : save();
  }

  async save(metadata: Readonly<Record<string, string>> = {}): Promise<Uint8Array> {
    if (!this.#safe) throw new ArgumentError("fit: context.save is for onSafePoint: callbacks may have work to do yet");
    // One rank alone may save: what the callbacks are told must not depend on it.
    if (this.#agreement) this.#early.push(...(await this.#running.settle()));
    else await this.settle();
    return saveCheckpoint(this.model, this.optimizer, { average: this.#options.average, fit: this.#state(), metadata });
  }

  /** Runs to the end. */
  async run(): Promise<FitResult<string>> {
    const { state, average } = this.#options;
    const { ranks } = this.step.options;
    if (state) await restoreCallbacks(this.#callbacks, state.callbacks);
    if (ranks) await requireSameStart(ranks, this, average);
    try {
      await this.#moment("onTrainBegin");
      let resumed = this.batch > 0;
      while (this.epoch <= this.epochs && this.ending === null) {
        if (!(await this.#runEpoch(resumed))) break;
        resumed = false;
      }
    } finally {
      await this.#moment("onTrainEnd");
    }
    const stopped = this.#agreement ? this.#agreement.stopped : this.#stopped;
    return { history: this.#history, interrupted: stopped === null && this.ending !== null, stopped };
  }

  /** Trains and validates; false if it was cut short. */
  async #runEpoch(resumed: boolean): Promise<boolean> {
    if (!resumed) {
      this.#beginEpoch();
      await this.#moment("onEpochBegin");
    }
    this.#resumedAt = { time: performance.now(), examples: this.#running.examples };
    const trained = await this.#train();
    const validated = trained && (await this.#validate());
    await this.#agreement?.settle();
    if (!trained || !validated) {
      await this.#safePoint();
      return false;
    }
    const result: EpochResult = { epoch: this.epoch, ...trained, ...validated };
    this.#history.push(result);
    for (const each of this.#callbacks) await each.onEpochEnd?.(result, this);
    await this.#agreement?.settle();
    this.epoch++;
    this.batch = 0;
    this.#beginEpoch();
    await this.#safePoint();
    return true;
  }

  /** One pass over the batches; `null` if it was cut short. */
  async #train() {
    this.model.train();
    for await (const batch of this.#timed(this.#options.train(this.epoch, this.batch))) {
      if (this.ending !== null && this.step.complete) return null;
      await this.#trainBatch(batch);
    }
    if (this.batch === 0) throw new ArgumentError(`fit: epoch ${this.epoch} has no batches`);
    if (!this.step.complete) this.#update(() => this.step.flush());
    await this.settle();
    const seconds = this.#seconds();
    const { input, device } = this.#waits;
    const waited = { input_seconds: input / 1000, device_seconds: device / 1000 };
    return { ...this.#running.means, seconds, images_per_second: this.#rate(), ...waited };
  }

  #beginEpoch(): void {
    this.#running = this.#metrics();
    this.#waits = { input: 0, device: 0 };
    this.#start = performance.now();
  }

  /** Hands batches on, and counts how long they were waited for. */
  async *#timed(batches: Batches): AsyncGenerator<Batch> {
    let begun = performance.now();
    for await (const batch of batches) {
      this.#waits.input += performance.now() - begun;
      yield batch;
      begun = performance.now();
    }
  }

  async #waitForDevice<T>(results: Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await results;
    } finally {
      this.#waits.device += performance.now() - begun;
    }
  }

  async #tune(place: string, batch: Batch): Promise<void> {
    if (this.#tuned) return;
    this.#tuned = true;
    await this.#waitForDevice(this.step.tune(batch)).catch((error: unknown) =>
      naming(place, () => {
        throw error;
      }),
    );
  }

  async #trainBatch(batch: Batch): Promise<void> {
    for (const each of this.#callbacks) if (each.onBatchBegin) await each.onBatchBegin(batch, this);
    if (this.batch === 0) checkImages(this.model, batch);
    const place = `fit: epoch ${this.epoch}, batch ${this.batch + 1}`;
    await this.#tune(place, batch);
    const pending = naming(place, () => this.#update(() => this.step.run(batch)));
    this.batch++;
    const arrived = await this.#waitForDevice(this.#running.add(pending));
    if (arrived) await this.#arrived(arrived);
    const { means, examples } = this.#running;
    const progress = { epoch: this.epoch, batches: this.batch, examples, means, imagesPerSecond: this.#rate() };
    for (const each of this.#callbacks) if (each.onBatchEnd) await each.onBatchEnd(progress, this);
    if (this.step.complete && this.ending === null) await this.#safePoint();
  }

  /** Runs what may take a step of the optimizer, and takes the step into the average. */
  #update<T>(body: () => T): T {
    const before = this.iteration;
    const result = body();
    if (this.iteration > before) this.#options.average?.update();
    return result;
  }

  /** Metrics of the validation set under Keras's names; `null` if it was cut short. */
  async #validate(): Promise<Record<string, number> | null> {
    const { validation, average, signal } = this.#options;
    if (!validation) return {};
    const { objective, pixels, ranks } = this.step.options;
    // Ranks must not leave a set at different batches.
    const options = { objective, pixels, ...(!ranks && signal && { signal }) };
    const measure = () => evaluateBy(ranks, this.model, validation(), options);
    try {
      const metrics = await (average ? average.during(measure) : measure());
      return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`val_${name}`, value]));
    } catch (error) {
      if (signal?.aborted) return null;
      throw error;
    }
  }

  /** Callbacks may save from here. */
  async #safePoint(): Promise<void> {
    this.#safe = true;
    try {
      await this.#moment("onSafePoint");
    } finally {
      this.#safe = false;
    }
  }

  async #moment(hook: Moment): Promise<void> {
    for (const each of this.#callbacks) if (each[hook]) await each[hook](this);
  }

  async #arrived(latest: readonly Record<string, number>[]): Promise<void> {
    const batches = [...this.#early.splice(0), ...latest];
    if (batches.length === 0) return;
    for (const each of this.#callbacks) if (each.onReadings) await each.onReadings(batches, this);
  }

  #seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  #rate(): number {
    const { time, examples } = this.#resumedAt;
    return ((this.#running.examples - examples) * 1000) / (performance.now() - time);
  }

  #state(): FitState {
    return {
      ...{ epoch: this.epoch, batch: this.batch, running: this.#running.state, seconds: this.#seconds() },
      ...{ history: this.#history, callbacks: callbackStates(this.#callbacks) },
      variant: deviceVariant(this.optimizer.device),
      waits: this.#waits,
    };
  }
}

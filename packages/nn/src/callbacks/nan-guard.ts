/** @file Training that ends where numbers do, and says where that was. */
import { countNonFinite, scope } from "@tessera/tensor";
import type { Batch } from "../batch.ts";
import type { Callback, TrainingContext } from "../callback.ts";
import { firstFinding, fromRank } from "../guard/finding.ts";
import { encodeDump } from "../guard/nan-dump.ts";
import { NonFiniteError } from "../guard/non-finite.ts";
import {
  type StepSettings,
  setStepSettings,
  stepSettings,
  TrainingSnapshot,
  trained,
} from "../guard/training-snapshot.ts";
import { watchedStep } from "../guard/watched-step.ts";
import type { WriteFile } from "./model-checkpoint.ts";

/** Options of {@link nanGuard}. */
export interface NanGuardOptions {
  /** Takes the dump. */
  readonly write: WriteFile;
  /** Default: `nan-dump.safetensors`. */
  readonly file?: string;
  /** Written into the dump: what the model and the order of the images were made from. */
  readonly seed?: number | null;
}

/** A batch that has been trained on since the snapshot. */
interface Held {
  readonly batch: Batch;
  readonly epoch: number;
  /** Of the epoch, counted from 1. */
  readonly number: number;
  /** Of the step that it is part of, counted from 0. */
  readonly iteration: number;
  readonly settings: StepSettings;
}

/** Batches that may be held before training waits for their losses. */
const mostHeld = 16;

/**
 * Ends training with a {@link NonFiniteError} when a loss, a weight or a statistic is NaN or infinite. The error names
 * epoch, batch, iteration, and the first layer whose output (or else its gradient, or else its weights after the step)
 * was not finite; the step is written to a file that `replayDump` takes it from again; model and optimizer are left as
 * they were before it.
 *
 * While all is well, weights, statistics and the optimizer's slots are copied on the device each time losses arrive, at
 * least every 16 batches, and the batches since are kept on the host: from there the steps are taken again, one by one
 * and layer by layer. Nothing that is trained changes. Put it last in the list, so that it sees the rates of each step
 * as the others have set them.
 */
export function nanGuard(options: NanGuardOptions): Callback {
  let snapshot: TrainingSnapshot | null = null;
  let held: Held[] = [];
  const renew = () => {
    snapshot?.take();
    held = [];
  };
  const check = async (losses: readonly number[], context: TrainingContext) => {
    if (!losses.every(Number.isFinite) || !(await allFinite(context))) {
      snapshot!.restore();
      throw await accuse(held, snapshot!, context, options);
    }
    if (context.step.complete) renew();
  };
  return {
    name: "NaN guard",
    onTrainBegin({ model, optimizer }) {
      snapshot = new TrainingSnapshot(model, optimizer);
      renew();
    },
    onEpochBegin: renew,
    onBatchBegin(batch, { model, optimizer, epoch, batch: before, iteration }) {
      held.push({
        batch: copyOf(batch),
        epoch,
        number: before + 1,
        iteration,
        settings: stepSettings(model, optimizer),
      });
    },
    onReadings: (batches, context) =>
      check(
        batches.map(({ loss }) => loss!),
        context,
      ),
    async onSafePoint(context) {
      if (held.length < mostHeld && context.ending === null) return;
      await context.settle();
      if (held.length > 0) await check([], context);
    },
    onTrainEnd() {
      snapshot?.dispose();
      [snapshot, held] = [null, []];
    },
  };
}

/** Whoever makes batches may use their memory again. */
function copyOf({ images, labels, ...rest }: Batch): Batch {
  return { images: images.slice(), labels: labels.slice(), ...rest };
}

async function allFinite({ model, optimizer }: TrainingContext): Promise<boolean> {
  using count = scope(() => countNonFinite(trained(model, optimizer)));
  return (await count.item()) === 0;
}

/** Takes the steps since the snapshot again, up to the one that goes wrong, and writes that one down. */
async function accuse(
  held: readonly Held[],
  snapshot: TrainingSnapshot,
  { model, optimizer, step, epoch, batch, iteration }: TrainingContext,
  { write, file = "nan-dump.safetensors", seed = null }: NanGuardOptions,
): Promise<NonFiniteError> {
  for (const part of steps(held)) {
    const { settings } = part[0]!;
    setStepSettings(model, optimizer, settings);
    const { ranks } = step.options;
    const batches = part.map(({ batch }) => batch);
    const { fed, ...finding } = await watchedStep(model, optimizer, batches, step.options);
    const first = await firstFinding(finding, ranks);
    if (!first) {
      snapshot.take();
      continue;
    }
    snapshot.restore();
    setStepSettings(model, optimizer, settings);
    const guilty = part[first.batch]!;
    const place = { epoch: guilty.epoch, batch: guilty.number, iteration: guilty.iteration + 1 };
    const { accumulate } = step.options;
    const dump = () => encodeDump(model, optimizer, { ...place, seed, accumulate, fed });
    await write(file, await fromRank(first.rank, dump, ranks));
    const hint = `lower the learning rate, which was ${settings.learningRate}, or cut gradients down with clipNorm`;
    const where = ranks ? [`it was on rank ${first.rank}, with its part of the batch`] : [];
    return new NonFiniteError(place, first.found, {
      hints: [...where, hint, `replayDump takes the step again from ${file}`],
    });
  }
  return new NonFiniteError({ epoch, batch, iteration }, null, {
    hints: ["is something else at work on the weights?"],
  });
}

/** Batches of one step each. */
function steps(held: readonly Held[]): Held[][] {
  const found = new Map<number, Held[]>();
  for (const each of held) found.set(each.iteration, [...(found.get(each.iteration) ?? []), each]);
  return [...found.values()];
}

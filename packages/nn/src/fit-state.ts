/** @file Where training stands besides weights and optimizer: what it takes to go on with exactly the same steps. */
import type { Tensor as StoredTensor } from "@tessera/safetensors";
import { ArgumentError } from "@tessera/tensor";
import type { Callback, EpochResult, Json } from "./callback.ts";
import { parseJson, writeJson } from "./json-numbers.ts";
import type { RunningState } from "./metrics.ts";

/** What a callback kept. */
export interface CallbackState {
  readonly name: string;
  readonly state: Json;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** A place in training. */
export interface FitState {
  /** Epoch to go on with, counted from 1. */
  readonly epoch: number;
  /** Batches of it that are done. */
  readonly batch: number;
  /** Its sums so far. */
  readonly running: RunningState;
  /** Seconds that it took so far. */
  readonly seconds: number;
  /** Milliseconds of them in which the main thread waited for batches and for the device. Default: nothing is known. */
  readonly waits?: { readonly input: number; readonly device: number };
  /** Results of the epochs before it. */
  readonly history: readonly EpochResult[];
  /** Of those that keep anything, in the order of their work. */
  readonly callbacks: readonly CallbackState[];
  /** `deviceVariant` of where it was trained: on another, the last bits of what follows differ. */
  readonly variant: string;
}

/** The beginning. */
export const startOfTraining: FitState = {
  ...{ epoch: 1, batch: 0, seconds: 0, history: [], callbacks: [], variant: "" },
  running: { examples: 0, weight: 0, sums: {} },
};

/** What the callbacks keep now. */
export function callbackStates(callbacks: readonly Callback[]): CallbackState[] {
  return callbacks
    .filter(({ state }) => state)
    .map((each) => ({ name: each.name, state: each.state!(), tensors: each.tensors?.() ?? new Map() }));
}

/**
 * Gives each callback what it kept.
 *
 * @throws ArgumentError if they are others, or in another order
 */
export async function restoreCallbacks(
  callbacks: readonly Callback[],
  states: readonly CallbackState[],
): Promise<void> {
  const keeping = callbacks.filter(({ state }) => state);
  const [expected, found] = [states, keeping].map((list) => list.map(({ name }) => name).join(", ") || "none");
  if (expected !== found) {
    throw new ArgumentError(`fit: the state is of the callbacks ${expected}, in this order, got ${found}`);
  }
  for (const [i, each] of keeping.entries()) await each.restore?.(states[i]!.state, states[i]!.tensors);
}

/** A state as strings and tensors of a safetensors file. */
export function encodeFitState({ callbacks, ...rest }: FitState): {
  metadata: Record<string, string>;
  tensors: [string, StoredTensor][];
} {
  const kept = callbacks.map(({ name, state }) => ({ name, state }));
  return {
    metadata: { fit: writeJson({ ...rest, callbacks: kept }) },
    tensors: callbacks.flatMap(({ tensors }, i) =>
      [...tensors].map(([name, value]) => [`callback.${i}.${name}`, value] as [string, StoredTensor]),
    ),
  };
}

/**
 * Reads what {@link encodeFitState} wrote; `null` if the file says nothing of it.
 *
 * @throws ArgumentError if what it says is of another kind
 */
export function decodeFitState(
  metadata: ReadonlyMap<string, string>,
  tensors: ReadonlyMap<string, StoredTensor>,
): FitState | null {
  const text = metadata.get("fit");
  if (text === undefined) return null;
  const read = parse(text);
  const callbacks = read.callbacks.map((each, i) => {
    const prefix = `callback.${i}.`;
    const own = [...tensors].filter(([name]) => name.startsWith(prefix));
    return { ...each, tensors: new Map(own.map(([name, value]) => [name.slice(prefix.length), value])) };
  });
  return { ...read, callbacks };
}

function parse(text: string): FitState {
  let read: Partial<FitState> | null;
  try {
    read = parseJson(text) as Partial<FitState> | null;
  } catch (cause) {
    throw new ArgumentError(`checkpoint: fit is not JSON: ${(cause as Error).message}`, { cause });
  }
  const counts = [read?.epoch, read?.batch, read?.running?.examples];
  const whole = counts.every((count) => Number.isSafeInteger(count) && count! >= 0);
  if (!whole || !Array.isArray(read?.history) || !Array.isArray(read.callbacks) || !read.running?.sums) {
    throw new ArgumentError("checkpoint: fit must hold epoch, batch, running, history and callbacks");
  }
  return read as FitState;
}

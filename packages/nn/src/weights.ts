/** @file A model's tensors and an optimizer's, to and from safetensors. */
import {
  bfloat16ToFloat,
  decode,
  encode,
  floatToHalf,
  halfToFloat,
  type Tensor as StoredTensor,
} from "@tessera/safetensors";
import { ArgumentError, type Device, formatShape, sameShape, type Tensor, writeTensor } from "@tessera/tensor";
import { readCheckpointMetadata } from "./checkpoint-metadata.ts";
import { decodeFitState, encodeFitState, type FitState } from "./fit-state.ts";
import type { Module } from "./module.ts";
import type { Optimizer } from "./optim/optimizer.ts";
import type { WeightAverage } from "./optim/weight-average.ts";

/** Options of {@link saveWeights}. */
export interface SaveWeightsOptions {
  /** How numbers are kept: `"F16"` halves the file and rounds to 11 bits, to nearest even. Default: `"F32"`. */
  readonly dtype?: "F32" | "F16";
}

/**
 * A model's state as a safetensors file: every tensor under its own name, moving statistics included.
 *
 * @param metadata strings that go into the file's header
 */
export async function saveWeights(
  model: Module,
  metadata: Readonly<Record<string, string>> = {},
  { dtype = "F32" }: SaveWeightsOptions = {},
): Promise<Uint8Array> {
  const stored = await store(model.state());
  return encode(
    dtype === "F32" ? stored : new Map([...stored].map(([name, value]) => [name, rounded(name, value)])),
    metadata,
  );
}

/** @throws ArgumentError if a finite number is beyond a half's 65504 */
function rounded(name: string, { shape, data }: StoredTensor): StoredTensor {
  const halves = floatToHalf(data as Float32Array);
  const lost = halves.findIndex((bits, i) => (bits & 0x7fff) === 0x7c00 && Number.isFinite(data[i]));
  if (lost < 0) return { dtype: "F16", shape, data: halves };
  throw new ArgumentError(`weights: "${name}" holds ${data[lost]}, which float16 does not reach: it ends at 65504`);
}

/**
 * Fills a model from a safetensors file of float32, float16 or bfloat16. Nothing is changed unless every tensor fits.
 *
 * @returns the file's metadata
 * @throws ArgumentError if the file lacks a tensor, has another shape for it, or has one that the model does not
 */
export function loadWeights(model: Module, file: Uint8Array): ReadonlyMap<string, string> {
  const { tensors, metadata } = decode(file);
  restoreTensors(model, tensors);
  return metadata;
}

/** Fills a model from the tensors of a weights file. */
export function restoreTensors(model: Module, tensors: ReadonlyMap<string, StoredTensor>): void {
  restoreState("weights", model.state(), tensors);
}

/**
 * Fills a state from stored tensors of its names: nothing is changed unless every one fits.
 *
 * @param what begins the errors
 */
export function restoreState(
  what: string,
  state: readonly (readonly [string, Tensor])[],
  tensors: ReadonlyMap<string, StoredTensor>,
): void {
  const wide = new Map([...tensors].map(([name, value]) => [name, widened(value)]));
  writeValues(state, fittingValues(what, state, wide));
}

/** Halves as float32. */
function widened(stored: StoredTensor): StoredTensor {
  const { dtype, shape, data } = stored;
  if (dtype === "F16") return { dtype: "F32", shape, data: halfToFloat(data as Uint16Array) };
  if (dtype === "BF16") return { dtype: "F32", shape, data: bfloat16ToFloat(data as Uint16Array) };
  return stored;
}

/** What a checkpoint may hold besides model and optimizer. */
export interface CheckpointExtras {
  /** An average of the weights. */
  readonly average?: WeightAverage | undefined;
}

/** What {@link saveCheckpoint} may write besides. */
export interface CheckpointContents extends CheckpointExtras {
  /** Where training stands. */
  readonly fit?: FitState;
  /** Strings for the file's header. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * What a run needs to go on exactly where it stopped: weights, the optimizer's slots and its number of steps, and an
 * average of the weights if there is one.
 *
 * @throws ArgumentError if the average is swapped in
 */
export async function saveCheckpoint(
  model: Module,
  optimizer: Optimizer,
  { average, fit, metadata = {} }: CheckpointContents = {},
): Promise<Uint8Array> {
  checkSwappedOut(average);
  const state = fit && encodeFitState(fit);
  const slots = optimizer.slots(model.parameters());
  try {
    const tensors = new Map([
      ...[...(await store(model.state()))].map(([name, value]) => [`model.${name}`, value] as const),
      ...[...(await store(slots))].map(([name, value]) => [`optimizer.${name}`, value] as const),
      ...[...(await store(average?.state() ?? []))].map(([name, value]) => [`average.${name}`, value] as const),
      ...(state?.tensors ?? []),
    ]);
    return encode(tensors, {
      ...metadata,
      ...state?.metadata,
      iterations: String(optimizer.iterations),
      learningRate: String(optimizer.learningRate),
      groups: JSON.stringify(optimizer.groupState),
      ...(average && { averageUpdates: String(average.updates) }),
      device: optimizer.device.description,
      variant: deviceVariant(optimizer.device),
      ...variantsOf(optimizer.device),
    });
  } finally {
    for (const [, slot] of slots) slot.dispose();
  }
}

/**
 * Restores what {@link saveCheckpoint} wrote. Nothing is changed unless everything fits. On webgpu the kernels that the
 * tuner had chosen become binding, if the adapter is the same: so load before the first step.
 *
 * @returns where training stood, for `fit`'s `state`; `null` if the file does not say
 * @throws ArgumentError if the file lacks something or has something more, a number in its header is none of its kind,
 *   or the average is swapped in
 * @throws DeviceError if the device has taken steps with other kernels
 */
export function loadCheckpoint(
  model: Module,
  optimizer: Optimizer,
  file: Uint8Array,
  { average }: CheckpointExtras = {},
): FitState | null {
  checkSwappedOut(average);
  const { tensors: all, metadata } = decode(file);
  const fit = decodeFitState(metadata, all);
  const tensors = new Map([...all].filter(([name]) => !name.startsWith("callback.")));
  const read = readCheckpointMetadata(metadata, { groups: optimizer.groups.length, average: average !== undefined });
  const slots = optimizer.slots(model.parameters());
  const state = [
    ...model.state().map(([name, value]) => [`model.${name}`, value] as [string, Tensor]),
    ...slots.map(([name, value]) => [`optimizer.${name}`, value] as [string, Tensor]),
    ...(average?.state() ?? []).map(([name, value]) => [`average.${name}`, value] as [string, Tensor]),
  ];
  try {
    const values = fittingValues("checkpoint", state, tensors);
    const { device } = optimizer;
    const sameKernels = read.variant === deviceVariant(device);
    if (read.variants && device.kind === "webgpu" && sameKernels) device.imposeVariants(read.variants);
    writeValues(state, values);
  } finally {
    for (const [, slot] of slots) slot.dispose();
  }
  optimizer.iterations = read.iterations;
  optimizer.learningRate = read.learningRate;
  if (read.groups) optimizer.groupState = read.groups;
  if (average && read.averageUpdates !== null) average.updates = read.averageUpdates;
  return fit;
}

/**
 * What decides the last bits of results, besides the steps: the device, on cpu its build of the kernels and whether
 * convolutions take Winograd's way, on webgpu the adapter. A checkpoint names it as `variant`. The number of threads is
 * no part of it.
 */
export function deviceVariant(device: Device): string {
  if (device.kind === "webgpu") return device.description;
  return `cpu, ${device.build} SIMD, ${device.winograd ? "Winograd" : "no Winograd"}`;
}

/** The kernels that the tuner chose, where there is one: the same ones give the same bits. */
function variantsOf(device: Device): Record<string, string> {
  return device.kind === "webgpu" ? { variants: JSON.stringify(device.variants) } : {};
}

/** While the average is swapped in, the model's state is not its own. */
function checkSwappedOut(average: WeightAverage | undefined): void {
  if (average?.swapped) throw new ArgumentError("checkpoint: the weights' average is swapped in: swap it out first");
}

async function store(state: readonly (readonly [string, Tensor])[]): Promise<Map<string, StoredTensor>> {
  const values = await Promise.all(state.map(([, value]) => value.data()));
  return new Map(
    state.map(([name, { shape }], i) => [
      name,
      { dtype: "F32", shape, data: values[i] as Float32Array } as StoredTensor,
    ]),
  );
}

/** The file's values for each tensor of the state, in order; throws ArgumentError unless names and shapes are the same. */
function fittingValues(
  what: string,
  state: readonly (readonly [string, Tensor])[],
  stored: ReadonlyMap<string, StoredTensor>,
): Float32Array[] {
  const known = new Set(state.map(([name]) => name));
  const unknown = [...stored.keys()].find((name) => !known.has(name));
  if (unknown !== undefined) throw new ArgumentError(`${what}: the file has "${unknown}", which the model does not`);
  return state.map(([name, { shape }]) => {
    const entry = stored.get(name);
    if (!entry) throw new ArgumentError(`${what}: the file lacks "${name}" ${formatShape(shape)}`);
    if (entry.dtype !== "F32" || !sameShape(entry.shape, shape)) {
      const found = `${entry.dtype} ${formatShape(entry.shape)}`;
      throw new ArgumentError(`${what}: "${name}" is ${found} in the file, F32 ${formatShape(shape)} in the model`);
    }
    return entry.data as Float32Array;
  });
}

function writeValues(state: readonly (readonly [string, Tensor])[], values: readonly Float32Array[]): void {
  state.forEach(([, tensor], i) => {
    writeTensor(tensor, values[i]!);
  });
}

/** @file What a checkpoint says besides tensors, checked whole before any of it is used. */
import { ArgumentError, type VariantChoices } from "@tessera/tensor";
import type { GroupState } from "./optim/optimizer.ts";

/** A checkpoint's numbers. */
export interface CheckpointMetadata {
  readonly iterations: number;
  readonly learningRate: number;
  /** `null` if the file says nothing of groups. */
  readonly groups: readonly GroupState[] | null;
  /** `null` if the file has no average of the weights. */
  readonly averageUpdates: number | null;
  /** `deviceVariant` of where it was written; `null` if the file does not say. */
  readonly variant: string | null;
  /** The kernels that the tuner had chosen on webgpu; `null` if the file says nothing of them. */
  readonly variants: VariantChoices | null;
}

/** What the checkpoint is to fill. */
interface Expected {
  /** Parameter groups of the optimizer. */
  readonly groups: number;
  /** Whether there is an average of the weights. */
  readonly average: boolean;
}

/** @throws ArgumentError that names the field, if one is missing, is no number of its kind, or does not fit */
export function readCheckpointMetadata(metadata: ReadonlyMap<string, string>, expected: Expected): CheckpointMetadata {
  const [iterations, learningRate] = [metadata.get("iterations"), metadata.get("learningRate")];
  if (iterations === undefined || learningRate === undefined) {
    throw new ArgumentError("checkpoint: the file has no step number: it holds weights only", {
      hints: ["load it with loadWeights"],
    });
  }
  const updates = metadata.get("averageUpdates");
  if ((updates !== undefined) !== expected.average) {
    throw new ArgumentError(
      expected.average
        ? "checkpoint: the file has no average of the weights to fill the one given"
        : "checkpoint: the file has an average of the weights, and none was given to be filled",
    );
  }
  const [groups, variants] = [metadata.get("groups"), metadata.get("variants")];
  return {
    iterations: checkCount("iterations", parse(iterations)),
    learningRate: checkRate("learningRate", parse(learningRate)),
    groups: groups === undefined ? null : checkGroups(parse(groups), expected.groups),
    averageUpdates: updates === undefined ? null : checkCount("averageUpdates", parse(updates)),
    variant: metadata.get("variant") ?? null,
    variants: variants === undefined ? null : checkVariants(parse(variants)),
  };
}

/** Of a field's JSON, the value; of what is none, the text, which the field's check then refuses and shows. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function checkVariants(value: unknown): VariantChoices {
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
  if (isObject && Object.values(value).every((name) => typeof name === "string")) return value as VariantChoices;
  throw new ArgumentError(`checkpoint: variants must name a kernel for each bucket, got ${shown(value)}`);
}

function checkCount(field: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new ArgumentError(`checkpoint: ${field} must be a whole number of at least 0, got ${shown(value)}`);
}

function checkRate(field: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw new ArgumentError(`checkpoint: ${field} must be a finite number of at least 0, got ${shown(value)}`);
}

function checkGroups(value: unknown, expected: number): GroupState[] {
  if (!Array.isArray(value)) {
    throw new ArgumentError(`checkpoint: groups must be a list of parameter groups, got ${shown(value)}`);
  }
  if (value.length !== expected) {
    throw new ArgumentError(`checkpoint: the file has ${value.length} parameter groups, the optimizer ${expected}`);
  }
  return value.map((group: Partial<GroupState> | null, i) => ({
    learningRateScale: checkRate(`groups[${i}].learningRateScale`, group?.learningRateScale),
    weightDecay: checkRate(`groups[${i}].weightDecay`, group?.weightDecay),
  }));
}

/** A value on one short line. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

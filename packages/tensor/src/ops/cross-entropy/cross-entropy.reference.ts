/** @file Float64 oracle of softmax cross-entropy. */
import { mapArray, type NdArray, ndArray } from "../../testing/nd-array.ts";
import { softmaxReference } from "../softmax/softmax.reference.ts";

/** Options of the loss; `weight` is an operand of its own. */
export interface CrossEntropyReferenceOptions {
  /** Whether labels hold a number for each class, rather than one class number a row. */
  readonly soft?: boolean;
  readonly labelSmoothing?: number;
  readonly ignoreIndex?: number;
}

/** Σ over the rows of −Σ q log softmax(logits), over the rows' counts; 0 where nothing counts. */
export function crossEntropyReference(
  logits: NdArray,
  labels: NdArray,
  options: CrossEntropyReferenceOptions = {},
  weight?: NdArray,
): NdArray {
  const logs = softmaxReference(logits, { axis: logits.shape.length - 1, log: true });
  const { q, divisor } = targetsOf(logits, labels, options, weight);
  return ndArray([], () => -q.data.reduce((sum, target, i) => sum + target * logs.data[i]!, 0) / divisor);
}

/** `(softmax(logits) Σ q − q) · dloss / divisor`. */
export function crossEntropyGradientReference(
  dloss: NdArray,
  logits: NdArray,
  labels: NdArray,
  options: CrossEntropyReferenceOptions = {},
  weight?: NdArray,
): NdArray {
  const classes = logits.shape.at(-1)!;
  const { q, divisor } = targetsOf(logits, labels, options, weight);
  return mapArray(softmaxReference(logits, { axis: logits.shape.length - 1 }), (probability, i) => {
    const row = q.data.subarray(i - (i % classes), i - (i % classes) + classes);
    const mass = row.reduce((sum, target) => sum + target, 0);
    return ((probability * mass - q.data[i]!) * dloss.data[0]!) / divisor;
  });
}

/** What every class should be, and what the sum of the losses is divided by. */
function targetsOf(
  logits: NdArray,
  labels: NdArray,
  { soft = false, labelSmoothing = 0, ignoreIndex }: CrossEntropyReferenceOptions,
  weight?: NdArray,
): { q: NdArray; divisor: number } {
  const classes = logits.shape.at(-1)!;
  const weightOf = (k: number) => weight?.data[k] ?? 1;
  const q = mapArray(logits, (_, i) => {
    const k = i % classes;
    const label = labels.data[Math.floor(i / classes)]!;
    if (!soft && label === ignoreIndex) return 0;
    const y = soft ? labels.data[i]! : Number(label === k);
    return weightOf(k) * ((1 - labelSmoothing) * y + labelSmoothing / classes);
  });
  if (soft) return { q, divisor: logits.data.length / classes };
  const divisor = labels.data.reduce((sum, label) => sum + (label === ignoreIndex ? 0 : weightOf(label)), 0);
  return { q, divisor: divisor || 1 };
}

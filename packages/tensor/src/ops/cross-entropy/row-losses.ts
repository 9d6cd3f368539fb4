/** @file Cross-entropy of each row with any targets: smoothed, soft, weighted, or with rows left out. */
import type { Tensor } from "../../tensor.ts";
import { defineOp, type GradientContext } from "../op.ts";
import { rowLossesCpu, rowLossesGradientCpu } from "./row-losses.cpu.ts";
import { rowLossesGradientWebgpu, rowLossesWebgpu } from "./row-losses.webgpu.ts";

/**
 * The target of class k is `q[k] = weight[k] ((1 − smoothing) y[k] + smoothing / classes)`, y being the row of soft
 * labels, or 1 for the label and else 0. Inputs are `[logits, labels]`, or `[logits, labels, weight]`.
 */
export interface RowLossesAttributes {
  /** Whether labels are float32, a number for each class. */
  readonly soft: boolean;
  readonly smoothing: number;
  /** The label of rows that take no part. */
  readonly ignoreIndex: number | null;
}

/** dlogits from [dlosses, logProbabilities, masses, labels, (weight)]. */
const gradientOp = defineOp<RowLossesAttributes>({
  name: "crossEntropy row gradient",
  shape: ([, logProbabilities]) => [logProbabilities!],
  gradient: "none",
  webgpu: rowLossesGradientWebgpu,
  cpu: rowLossesGradientCpu,
});

/**
 * Outputs are the losses −Σ q log softmax(logits), and what each row counts in the mean; for the gradient
 * log softmax(logits), and the masses Σ q. All but the logarithms have one value a row.
 */
const op = defineOp<RowLossesAttributes>({
  name: "crossEntropy rows",
  shape([logits]) {
    const row = { shape: logits!.shape.slice(0, -1), dtype: "float32" } as const;
    return [row, row, logits!, row];
  },
  visible: 2,
  gradient,
  webgpu: rowLossesWebgpu,
  cpu: rowLossesCpu,
});

function gradient(
  { inputs: [, ...targets], outputs, attributes, needs }: GradientContext<RowLossesAttributes>,
  [dlosses]: readonly (Tensor | null)[],
): (Tensor | null)[] {
  const [, , logProbabilities, masses] = outputs;
  const dlogits = needs[0] ? gradientOp([dlosses!, logProbabilities!, masses!, ...targets], attributes)[0]! : null;
  return [dlogits, ...targets.map(() => null)];
}

/** Losses and counts of the rows; counts are constants. */
export function rowLosses(
  inputs: readonly Tensor[],
  attributes: RowLossesAttributes,
): [losses: Tensor, counts: Tensor] {
  const [losses, counts] = op(inputs, attributes) as [Tensor, Tensor];
  counts.requiresGradient = false;
  counts.node = null;
  return [losses, counts];
}

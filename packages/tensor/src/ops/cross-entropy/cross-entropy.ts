import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { formatShape, sameShape, type TensorSpec } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { div } from "../div/div.ts";
import { mean } from "../mean/mean.ts";
import { checkDType, defineOp } from "../op.ts";
import { sum } from "../sum/sum.ts";
import { where } from "../where/where.ts";
import { crossEntropyCpu, crossEntropyGradientCpu } from "./cross-entropy.cpu.ts";
import { crossEntropyGradientWebgpu, crossEntropyWebgpu } from "./cross-entropy.webgpu.ts";
import { rowLosses } from "./row-losses.ts";

/** The op has no attributes. */
export type CrossEntropyAttributes = Record<never, never>;

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions {
  /** ε, the share of every target that is spread evenly over the classes, 0 to 1. Default: 0. */
  readonly labelSmoothing?: number;
  /** Rows with this label take no part. int32 labels only. Default: there is no such label. */
  readonly ignoreIndex?: number;
  /** float32 [classes]: how much each class matters; a constant. Default: all 1. */
  readonly weight?: Tensor;
}

/** dlogits from `[dloss, probabilities, labels]`. */
const gradientOp = defineOp<CrossEntropyAttributes>({
  name: "crossEntropy gradient",
  shape: ([, probabilities]) => [{ shape: probabilities!.shape, dtype: "float32" }],
  gradient: "none",
  webgpu: crossEntropyGradientWebgpu,
  cpu: crossEntropyGradientCpu,
});

/**
 * Plain class numbers, in one pass. Outputs are the loss, and for the gradient the probabilities; the rows' losses are
 * only on the way to the mean.
 */
const op = defineOp<CrossEntropyAttributes>({
  name: "crossEntropy",
  shape: ([logits, labels]) => [
    { shape: [], dtype: "float32" },
    { shape: logits!.shape, dtype: "float32" },
    { shape: labels!.shape, dtype: "float32" },
  ],
  visible: 1,
  gradient: ({ inputs, outputs }, [dloss]) => [gradientOp([dloss!, outputs[1]!, inputs[1]!], {})[0]!, null],
  webgpu: crossEntropyWebgpu,
  cpu: crossEntropyCpu,
});

/**
 * Softmax cross-entropy, averaged over the rows: `loss = mean of −Σ q[k] log softmax(logits)[k]`. The logarithm is
 * `(logits[k] − max) − log Σ exp(logits − max)`, which neither overflows nor loses small probabilities. A row is a
 * stretch of the last axis, so a batch of images has n rows, and a map of pixels n · height · width.
 *
 * The targets are `q[k] = weight[k] ((1 − ε) y[k] + ε / classes)`, ε being `labelSmoothing` (Szegedy et al., 2016; the
 * formula of Keras and PyTorch), and y
 * - 1 for the row's label and else 0, where labels are int32
 * - the labels' own row, where they are float32: one-hot, or mixtures whose sum is 1
 *
 * The mean is PyTorch's: with class numbers, losses are summed and divided by the sum of the weights of the rows'
 * labels, which is their number where there are no weights. Rows labelled `ignoreIndex` count in neither sum and get a
 * gradient of 0, whatever their logits. Where nothing counts, because all rows are ignored or have a weight of 0, the
 * loss is 0 and so is the gradient, as in Keras (PyTorch gives NaN). float32 labels are always divided by the number of
 * rows.
 *
 * Any other label outside of 0 … classes − 1 makes its row's loss NaN, so the loss too, and the gradient NaN in its row.
 * So does a NaN among its logits, or an infinite maximum of them. A class with a target of 0 adds 0, even where its
 * logit is −infinity. The gradient is `(softmax(logits) Σ q − q) · dloss / divisor`; none flows to labels and weights.
 *
 * @param logits float32 [..., classes], of rank at least 2
 * @param labels int32 [...], or float32 [..., classes]
 * @returns a float32 scalar; NaN for no rows (0 where int32 labels come with `ignoreIndex` or `weight`)
 * @throws ShapeError if logits has no row axis or no class, labels do not fit it, or weight is not [classes]
 * @throws DTypeError if logits or weight is not float32, or labels is neither int32 nor float32
 * @throws ArgumentError if labelSmoothing is not within 0 … 1, ignoreIndex is no int32, or it comes with float32 labels
 */
export function crossEntropy(logits: Tensor, labels: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { labelSmoothing: smoothing = 0, ignoreIndex = null, weight } = options;
  checkLogits(logits, labels);
  checkOptions(logits, labels, options);
  const soft = labels.dtype === "float32";
  if (!soft && smoothing === 0 && ignoreIndex === null && !weight) return op([logits, labels], {})[0]!;
  const inputs = weight ? [logits, labels, weight] : [logits, labels];
  return scope(() => {
    const [losses, counts] = rowLosses(inputs, { soft, smoothing, ignoreIndex });
    const byCounts = !soft && (ignoreIndex !== null || weight);
    const loss = byCounts ? weightedMean(losses, counts) : mean(losses);
    loss.own([losses, counts]);
    return loss;
  });
}

/** Σ losses / Σ counts, and 0 where the counts sum to 0. */
function weightedMean(losses: Tensor, counts: Tensor): Tensor {
  const count = sum(counts);
  // The losses sum to 0 where the counts do, so any other divisor gives 0.
  const divisor = where(count, count, 1);
  const total = sum(losses);
  const result = div(total, divisor);
  result.own([count, divisor, total]);
  return result;
}

function checkLogits(logits: TensorSpec, labels: TensorSpec): void {
  checkDType("crossEntropy", "logits", logits, "float32");
  const [rows, classes] = [logits.shape.slice(0, -1), logits.shape.at(-1)];
  if (rows.length === 0 || classes === 0) {
    throw new ShapeError(
      `crossEntropy: logits must be [..., classes] with at least one axis of rows, got ${formatShape(logits.shape)}`,
    );
  }
  if (labels.dtype === "uint8") throw new DTypeError("crossEntropy: labels must be int32 or float32, got uint8");
  const [expected, what] =
    labels.dtype === "int32" ? [rows, "one for each row of logits"] : [logits.shape, "a number for each class"];
  if (sameShape(labels.shape, expected)) return;
  throw new ShapeError(
    `crossEntropy: ${labels.dtype} labels must be ${formatShape(expected)}, ${what}, got ${formatShape(labels.shape)}`,
    { hints: ["class numbers are int32, one-hot and soft labels float32"] },
  );
}

function checkOptions(logits: TensorSpec, labels: TensorSpec, options: CrossEntropyOptions): void {
  const { labelSmoothing = 0, ignoreIndex, weight } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new ArgumentError(`crossEntropy: labelSmoothing must be within 0 … 1, got ${labelSmoothing}`);
  }
  if (ignoreIndex !== undefined && ignoreIndex !== (ignoreIndex | 0)) {
    throw new ArgumentError(`crossEntropy: ignoreIndex must be an int32, got ${ignoreIndex}`);
  }
  if (ignoreIndex !== undefined && labels.dtype === "float32") {
    throw new ArgumentError(`crossEntropy: ignoreIndex needs int32 labels, got float32`);
  }
  if (!weight) return;
  checkDType("crossEntropy", "weight", weight, "float32");
  const classes = logits.shape.at(-1)!;
  if (sameShape(weight.shape, [classes])) return;
  throw new ShapeError(
    `crossEntropy: weight must be [${classes}], one value for each class, got ${formatShape(weight.shape)}`,
  );
}

import { ShapeError } from "../../errors.ts";
import { formatShape, type TensorSpec } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp } from "../op.ts";
import { crossEntropyCpu, crossEntropyGradientCpu } from "./cross-entropy.cpu.ts";
import { crossEntropyGradientWebgpu, crossEntropyWebgpu } from "./cross-entropy.webgpu.ts";

/** The op has no attributes. */
export type CrossEntropyAttributes = Record<never, never>;

/** dlogits from `[dloss, probabilities, labels]`. */
const gradientOp = defineOp<CrossEntropyAttributes>({
  name: "crossEntropy gradient",
  shape: ([, probabilities]) => [{ shape: probabilities!.shape, dtype: "float32" }],
  gradient: "none",
  webgpu: crossEntropyGradientWebgpu,
  cpu: crossEntropyGradientCpu,
});

/** Outputs are the loss, and for the gradient the probabilities; the rows' losses are only on the way to the mean. */
const op = defineOp<CrossEntropyAttributes>({
  name: "crossEntropy",
  shape([logits, labels]) {
    checkArguments(logits!, labels!);
    return [
      { shape: [], dtype: "float32" },
      { shape: logits!.shape, dtype: "float32" },
      { shape: labels!.shape, dtype: "float32" },
    ];
  },
  visible: 1,
  gradient: ({ inputs, outputs }, [dloss]) => [gradientOp([dloss!, outputs[1]!, inputs[1]!], {})[0]!, null],
  webgpu: crossEntropyWebgpu,
  cpu: crossEntropyCpu,
});

/**
 * Softmax cross-entropy with class labels, averaged over the batch:
 * `loss = mean over rows of −log softmax(logits)[label]`, computed as `log Σ exp(logit − max) − (logits[label] − max)`,
 * which neither overflows nor loses small probabilities. The gradient is
 * `(softmax(logits) − onehot(label)) · dloss / n`.
 *
 * A label outside of 0 … classes − 1 makes its row's loss NaN, so the loss too, and the gradient NaN in its row. So does a
 * NaN among its logits, or an infinite maximum of them.
 *
 * @param logits float32 [n, classes]
 * @param labels int32 [n]
 * @returns a float32 scalar; NaN for n = 0
 * @throws ShapeError if logits is not a matrix with at least one class, or labels does not have one value for each row
 * @throws DTypeError if logits is not float32 or labels is not int32
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return op([logits, labels], {})[0]!;
}

function checkArguments(logits: TensorSpec, labels: TensorSpec): void {
  checkDType("crossEntropy", "logits", logits, "float32");
  checkDType("crossEntropy", "labels", labels, "int32");
  if (logits.shape.length !== 2 || logits.shape[1] === 0) {
    throw new ShapeError(`crossEntropy: logits must be [n, classes], got ${formatShape(logits.shape)}`);
  }
  const rows = logits.shape[0]!;
  if (labels.shape.length !== 1 || labels.shape[0] !== rows) {
    throw new ShapeError(
      `crossEntropy: labels must be [${rows}], one for each row of logits, got ${formatShape(labels.shape)}`,
    );
  }
}

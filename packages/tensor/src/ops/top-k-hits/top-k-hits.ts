import { ArgumentError, ShapeError } from "../../errors.ts";
import { formatShape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp } from "../op.ts";
import { topKHitsCpu } from "./top-k-hits.cpu.ts";
import { topKHitsWebgpu } from "./top-k-hits.webgpu.ts";

/** How many of the greatest logits count. */
export interface TopKHitsAttributes {
  readonly k: number;
}

const op = defineOp<TopKHitsAttributes>({
  name: "topKHits",
  shape([logits, labels], { k }) {
    checkDType("topKHits", "logits", logits!, "float32");
    checkDType("topKHits", "labels", labels!, "int32");
    if (logits!.shape.length !== 2) {
      throw new ShapeError(`topKHits: logits must be [rows, classes], got ${formatShape(logits!.shape)}`);
    }
    const rows = logits!.shape[0]!;
    if (labels!.shape.length !== 1 || labels!.shape[0] !== rows) {
      throw new ShapeError(
        `topKHits: labels must be [${rows}], one for each row of logits, got ${formatShape(labels!.shape)}`,
      );
    }
    if (!Number.isInteger(k) || k < 1)
      throw new ArgumentError(`topKHits: k must be a whole number of at least 1, got ${k}`);
    return [{ shape: [rows], dtype: "float32" }];
  },
  gradient: "none",
  webgpu: topKHitsWebgpu,
  cpu: topKHitsCpu,
});

/**
 * Whether each row's label is among its k greatest logits: 1 if fewer than k classes are ahead of it, else 0. Ahead are
 * greater logits, and equal ones of a lower class. The mean over the rows is top-k accuracy. Not differentiable.
 *
 * A row is a miss if its label is not one of the classes or its label's logit is NaN; NaN logits of other classes are
 * not ahead of anything.
 *
 * @param logits float32 [rows, classes]; probabilities do as well
 * @param labels int32 [rows]
 * @param k at least 1; with as many as there are classes or more, every label is a hit
 * @returns float32 [rows]
 * @throws ShapeError if logits is not a matrix or labels does not have one value for each of its rows
 * @throws DTypeError if logits is not float32 or labels is not int32
 * @throws ArgumentError if k is not a whole number of at least 1
 */
export function topKHits(logits: Tensor, labels: Tensor, k: number): Tensor {
  return op([logits, labels], { k })[0]!;
}

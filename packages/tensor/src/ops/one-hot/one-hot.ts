import { ArgumentError } from "../../errors.ts";
import { checkShape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp } from "../op.ts";
import { oneHotCpu } from "./one-hot.cpu.ts";
import { oneHotWebgpu } from "./one-hot.webgpu.ts";

/** Number of classes. */
export interface OneHotAttributes {
  readonly depth: number;
}

const op = defineOp<OneHotAttributes>({
  name: "oneHot",
  shape([labels], { depth }) {
    checkDType("oneHot", "labels", labels!, "int32");
    const shape = [...labels!.shape, depth];
    checkShape("oneHot", shape);
    return [{ shape, dtype: "float32" }];
  },
  gradient: "none",
  webgpu: oneHotWebgpu,
  cpu: oneHotCpu,
});

/**
 * Labels as rows of zeros with a one: `y[…, c] = 1` where `c = labels[…]`, else 0. As TensorFlow's `one_hot`: a label
 * outside of 0 … depth − 1 gives a row of zeros, without an error. Not differentiable.
 *
 * @param labels int32, any shape
 * @param depth number of classes, at least 1
 * @returns float32 [...labels.shape, depth]
 * @throws ArgumentError if depth is not a whole number of at least 1
 * @throws DTypeError if labels is not int32
 */
export function oneHot(labels: Tensor, depth: number): Tensor {
  if (!Number.isInteger(depth) || depth < 1) {
    throw new ArgumentError(`oneHot: depth must be a whole number of at least 1, got ${depth}`);
  }
  return op([labels], { depth })[0]!;
}

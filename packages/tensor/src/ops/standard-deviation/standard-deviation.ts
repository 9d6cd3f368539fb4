import { scope } from "../../scope.ts";
import type { Tensor } from "../../tensor.ts";
import type { VarianceOptions } from "../moments/around-mean.ts";
import { sqrt } from "../sqrt/sqrt.ts";
import { variance } from "../variance/variance.ts";

/**
 * Standard deviation over axes: the root of `variance`, with its options and errors. float32. The gradient is
 * (x − mean) dy / (y (n − correction)), which has no value where all x are equal: NaN or infinite there, as PyTorch's.
 *
 * @returns x's shape without the reduced axes; NaN where there is nothing to average
 */
export function standardDeviation(x: Tensor, options: VarianceOptions = {}): Tensor {
  return scope(() => {
    const squared = variance(x, options);
    const result = sqrt(squared);
    result.own([squared]);
    return result;
  });
}

import { ShapeError } from "../../errors.ts";
import { formatShape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { mean } from "../mean/mean.ts";

/**
 * Mean of each channel over the whole image: `y[n, c] = Σ over i, j of x[n, i, j, c] / (height · width)`. Lin, Chen and
 * Yan, 2013 (arXiv 1312.4400).
 *
 * @param x float32 [batch, height, width, channels]
 * @returns float32 [batch, channels]; NaN where there are no pixels
 * @throws ShapeError if x does not have four axes
 * @throws DTypeError if x is not float32
 */
export function globalAveragePool(x: Tensor): Tensor {
  if (x.rank !== 4) {
    throw new ShapeError(`globalAveragePool: x must be [batch, height, width, channels], got ${formatShape(x.shape)}`);
  }
  return mean(x, { axes: [1, 2] });
}

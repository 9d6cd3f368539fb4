import { isRecording, record } from "../../autograd.ts";
import { ShapeError } from "../../errors.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../../shape.ts";
import { Tensor } from "../../tensor.ts";

/**
 * The same values, in row-major order, under another shape. Nothing is copied: the result is a second handle of x's
 * memory, of x's dtype. The gradient is `reshape(dy, x.shape)`.
 *
 * @param shape sizes whose product is x's; one of them may be -1 and is then inferred
 * @throws ShapeError if the sizes do not hold as many values as x, or -1 cannot be inferred
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const result = new Tensor({ shape: inferShape(x, shape), dtype: x.dtype }, x.storage, "reshape");
  if (isRecording() && x.requiresGradient) {
    record({ name: "reshape", inputs: [x], outputs: [result], backward: ([dy]) => [reshape(dy!, x.shape)] });
  }
  return result;
}

function inferShape(x: Tensor, shape: Shape): Shape {
  const open = shape.indexOf(-1);
  if (open !== shape.lastIndexOf(-1)) {
    throw new ShapeError(`reshape: only one size may be -1, got ${formatShape(shape)}`);
  }
  const known = shape.filter((_, axis) => axis !== open);
  checkShape("reshape", known);
  const size = sizeOf(known);
  const fits = open < 0 ? size === x.size : size > 0 && x.size % size === 0;
  if (!fits) {
    throw new ShapeError(
      `reshape: ${formatShape(shape)} does not hold the ${x.size} values of x, which is ${formatShape(x.shape)}`,
    );
  }
  return open < 0 ? shape : shape.map((length) => (length === -1 ? x.size / size : length));
}

/** @file Boxes of images, filled with colours, on the device. */
import { ShapeError } from "../../errors.ts";
import { formatShape, sameShape, type TensorSpec } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp } from "../op.ts";
import { eraseBoxesCpu } from "./erase-boxes.cpu.ts";
import { eraseBoxesWebgpu } from "./erase-boxes.webgpu.ts";

/** Whether each box has a colour of its own, or all have the same. */
export interface EraseBoxesAttributes {
  readonly ownColors: boolean;
}

const op = defineOp<EraseBoxesAttributes>({
  name: "eraseBoxes",
  shape: ([x]) => [{ shape: x!.shape, dtype: "float32" }],
  gradient: "none",
  webgpu: eraseBoxesWebgpu,
  cpu: eraseBoxesCpu,
});

/**
 * Images with boxes filled: `y[b, i, j, c] = colors[b, k, c]` for the last box k with `top ≤ i < top + height` and
 * `left ≤ j < left + width` that is of channel c or of all channels, and `images[b, i, j, c]` where there is none. Boxes
 * may lie outside of the image in part or wholly, and one whose height or width is not positive is none. Values are
 * copied. Not differentiable.
 *
 * @param images float32 [N, H, W, channels]
 * @param boxes int32 [N, K, 5]: top, left, height, width, and the channel, −1 for all; their sums fit into an int32
 * @param colors float32 [channels], or [N, K, channels] for a colour of each box
 * @returns float32 of the images' shape
 * @throws ShapeError if shapes do not fit
 * @throws DTypeError if a tensor has another dtype
 */
export function eraseBoxes(images: Tensor, boxes: Tensor, colors: Tensor): Tensor {
  checkTensors(images, boxes, colors);
  return op([images, boxes, colors], { ownColors: colors.rank === 3 })[0]!;
}

function checkTensors(images: TensorSpec, boxes: TensorSpec, colors: TensorSpec): void {
  checkDType("eraseBoxes", "images", images, "float32");
  checkDType("eraseBoxes", "boxes", boxes, "int32");
  checkDType("eraseBoxes", "colors", colors, "float32");
  if (images.shape.length !== 4) {
    throw new ShapeError(`eraseBoxes: images must be [N, H, W, channels], got ${formatShape(images.shape)}`);
  }
  const [batch, , , channels] = images.shape as [number, number, number, number];
  const [groups, count, numbers] = boxes.shape;
  if (boxes.shape.length !== 3 || groups !== batch || numbers !== 5) {
    throw new ShapeError(
      `eraseBoxes: boxes must be [${batch}, K, 5], some for each image, got ${formatShape(boxes.shape)}`,
    );
  }
  if (sameShape(colors.shape, [channels]) || sameShape(colors.shape, [batch, count!, channels])) return;
  throw new ShapeError(
    `eraseBoxes: colors must be [${channels}] or [${batch}, ${count}, ${channels}], got ${formatShape(colors.shape)}`,
  );
}

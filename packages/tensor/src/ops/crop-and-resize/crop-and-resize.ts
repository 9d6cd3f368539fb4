/** @file A part of each image of a batch, resized and mirrored, on the device. */
import { ArgumentError, ShapeError } from "../../errors.ts";
import { formatShape, sameShape, type TensorSpec } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp } from "../op.ts";
import { cropAndResizeCpu } from "./crop-and-resize.cpu.ts";
import { cropAndResizeWebgpu } from "./crop-and-resize.webgpu.ts";

/** Height and width of the outputs. */
export interface CropAndResizeAttributes {
  readonly outHeight: number;
  readonly outWidth: number;
}

/** Options of {@link cropAndResize}. */
export interface CropAndResizeOptions {
  /** Height and width of the outputs, 1 … 2^14 each. Default: the images' own. */
  readonly size?: readonly [number, number];
}

const op = defineOp<CropAndResizeAttributes>({
  name: "cropAndResize",
  shape([x], { outHeight, outWidth }) {
    const [batch, , , channels] = x!.shape as [number, number, number, number];
    return [{ shape: [batch, outHeight, outWidth, channels], dtype: "float32" }];
  },
  gradient: "none",
  webgpu: cropAndResizeWebgpu,
  cpu: cropAndResizeCpu,
});

/**
 * A box of each image, resized bilinearly to one size, and mirrored where its box says so. Row i of an output of H rows
 * is taken at `top + (i + ½) h / H − ½` (half-pixel centres, OpenCV's and PIL's), held within the box; columns
 * likewise, from the right where mirrored. A box as large as the output is copied bit for bit; it may lie outside of the
 * image in part, as a crop out of a padded image does. Pixels that the image does not have are `fill`, and so is all of
 * a box whose height or width is not positive.
 *
 * Positions are whole-number arithmetic, so every device looks at the same pixels; only weights are rounded. Not
 * differentiable.
 *
 * @param images float32 [N, H, W, channels]
 * @param boxes int32 [N, 5]: top, left, height, width, and 0 or else mirrored; heights and widths of at most 2^14
 * @param fill float32 [channels]
 * @returns float32 [N, size[0], size[1], channels]
 * @throws ShapeError if shapes do not fit
 * @throws DTypeError if a tensor has another dtype
 * @throws ArgumentError if the size is out of range
 */
export function cropAndResize(
  images: Tensor,
  boxes: Tensor,
  fill: Tensor,
  { size }: CropAndResizeOptions = {},
): Tensor {
  checkTensors(images, boxes, fill);
  const [outHeight, outWidth] = size ?? [images.shape[1]!, images.shape[2]!];
  checkSize("size[0]", outHeight);
  checkSize("size[1]", outWidth);
  return op([images, boxes, fill], { outHeight, outWidth })[0]!;
}

function checkTensors(images: TensorSpec, boxes: TensorSpec, fill: TensorSpec): void {
  checkDType("cropAndResize", "images", images, "float32");
  checkDType("cropAndResize", "boxes", boxes, "int32");
  checkDType("cropAndResize", "fill", fill, "float32");
  if (images.shape.length !== 4) {
    throw new ShapeError(`cropAndResize: images must be [N, H, W, channels], got ${formatShape(images.shape)}`);
  }
  const [batch, , , channels] = images.shape as [number, number, number, number];
  if (!sameShape(boxes.shape, [batch, 5])) {
    throw new ShapeError(
      `cropAndResize: boxes must be [${batch}, 5], one for each image, got ${formatShape(boxes.shape)}`,
    );
  }
  if (sameShape(fill.shape, [channels])) return;
  throw new ShapeError(
    `cropAndResize: fill must be [${channels}], a value for each channel, got ${formatShape(fill.shape)}`,
  );
}

function checkSize(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= 2 ** 14) return;
  throw new ArgumentError(`cropAndResize: ${name} must be a whole number of 1 to 16384, got ${value}`);
}

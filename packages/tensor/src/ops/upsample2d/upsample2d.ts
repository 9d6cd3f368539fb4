/** @file Resampling of NHWC images to another size. */
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp } from "../op.ts";
import { type UpsampleGeometry, type UpsampleOptions, upsampleGeometry } from "./geometry.ts";
import { upsample2dCpu, upsample2dGradientCpu } from "./upsample2d.cpu.ts";
import { upsample2dGradientWebgpu, upsample2dWebgpu } from "./upsample2d.webgpu.ts";

const forward = defineOp<UpsampleGeometry>({
  name: "upsample2d",
  shape: ([x], { batch, outHeight, outWidth, channels }) => {
    checkDType("upsample2d", "x", x!, "float32");
    return [{ shape: [batch, outHeight, outWidth, channels], dtype: "float32" }];
  },
  gradient: ({ attributes }, [dy]) => inputGradient([dy!], attributes),
  webgpu: upsample2dWebgpu,
  cpu: upsample2dCpu,
});

/** dx from dy: a pixel sums over the outputs that it has a share in, in row-major order. */
const inputGradient = defineOp<UpsampleGeometry>({
  name: "upsample2dGradient",
  shape: (_, { batch, height, width, channels }) => [{ shape: [batch, height, width, channels], dtype: "float32" }],
  gradient: "none",
  webgpu: upsample2dGradientWebgpu,
  cpu: upsample2dGradientCpu,
});

/**
 * Images of another size, larger or smaller. Output (i, j) looks at the place (v, u) of the image:
 *
 * - `"nearest"`: the pixel (⌊v⌋, ⌊u⌋), with v = i · height / outHeight. As PyTorch's `interpolate(mode="nearest")`, and
 *   for whole scales Keras's `UpSampling2D`.
 * - `"bilinear"`: the four pixels around (v, u), weighted by how near they are, with
 *   v = max(0, (i + ½) · height / outHeight − ½), or with `alignCorners` v = i · (height − 1) / (outHeight − 1). As
 *   PyTorch's `interpolate(mode="bilinear")` and TensorFlow 2's `image.resize`; nothing is averaged where the result is
 *   smaller.
 *
 * @param x float32 [batch, height, width, channels]
 * @param options `scale` or `size`, `interpolation`, `alignCorners`
 * @returns float32 [batch, outHeight, outWidth, channels]
 * @throws ShapeError if x does not have four axes, or has no pixels
 * @throws ArgumentError if not exactly one of `scale` and `size` is given or they are not whole numbers of at least 1, if
 *   2 · (height + 2) · (outHeight + 2) is not below 2^31, or if `alignCorners` is asked of `"nearest"`
 * @throws DTypeError if x is not float32
 */
export function upsample2d(x: Tensor, options: UpsampleOptions): Tensor {
  return forward([x], upsampleGeometry(x, options))[0]!;
}

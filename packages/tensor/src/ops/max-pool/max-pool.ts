/** @file Max-pool of NHWC images. */
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp, type GradientContext } from "../op.ts";
import { type PoolGeometry, type PoolOptions, poolGeometry } from "../pool-geometry.ts";
import { maxPoolCpu, maxPoolGradientCpu } from "./max-pool.cpu.ts";
import { maxPoolGradientWebgpu, maxPoolWebgpu } from "./max-pool.webgpu.ts";

/** Outputs are the maxima, and where in its window each was found. */
const forward = defineOp<PoolGeometry>({
  name: "maxPool",
  shape: ([x], { batch, outHeight, outWidth, channels }) => {
    checkDType("maxPool", "x", x!, "float32");
    const shape = [batch, outHeight, outWidth, channels];
    return [
      { shape, dtype: "float32" },
      { shape, dtype: "int32" },
    ];
  },
  gradient: ({ outputs, attributes }: GradientContext<PoolGeometry>, [dy]) =>
    inputGradient([dy!, outputs[1]!], attributes),
  visible: 1,
  webgpu: maxPoolWebgpu,
  cpu: maxPoolCpu,
});

/** dx from [dy, positions]: a pixel sums over the windows whose maximum it is. */
const inputGradient = defineOp<PoolGeometry>({
  name: "maxPoolGradient",
  shape: (_, { batch, height, width, channels }) => [{ shape: [batch, height, width, channels], dtype: "float32" }],
  gradient: "none",
  webgpu: maxPoolGradientWebgpu,
  cpu: maxPoolGradientCpu,
});

/**
 * Greatest value of each window:
 * `y[n, i, j, c] = max over r, s of x[n, i·strideY + r − top, j·strideX + s − left, c]`, pixels outside of the image
 * counting as −∞. As TensorFlow's `max_pool2d`.
 *
 * All of an output's gradient goes to its maximum: the first in row-major order among equals. A window with a NaN gives
 * NaN, and its gradient goes to the first NaN.
 *
 * @param x float32 [batch, height, width, channels]
 * @returns float32 [batch, outHeight, outWidth, channels]; outHeight is ⌊(height − windowHeight) / strideY⌋ + 1, or
 *   ⌈height / strideY⌉ with `"same"` padding, and likewise for the width
 * @throws ShapeError if x does not have four axes, or is smaller than the window and not padded
 * @throws ArgumentError if the window or the stride is not a whole number of at least 1
 * @throws DTypeError if x is not float32
 */
export function maxPool(x: Tensor, options: PoolOptions): Tensor {
  return forward([x], poolGeometry("maxPool", x, options))[0]!;
}

/** @file Average-pool of NHWC images. */
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp } from "../op.ts";
import { type PoolGeometry, type PoolOptions, poolGeometry } from "../pool-geometry.ts";
import { averagePoolCpu, averagePoolGradientCpu } from "./average-pool.cpu.ts";
import { averagePoolGradientWebgpu, averagePoolWebgpu } from "./average-pool.webgpu.ts";

const forward = defineOp<PoolGeometry>({
  name: "averagePool",
  shape: ([x], { batch, outHeight, outWidth, channels }) => {
    checkDType("averagePool", "x", x!, "float32");
    return [{ shape: [batch, outHeight, outWidth, channels], dtype: "float32" }];
  },
  gradient: ({ attributes }, [dy]) => inputGradient([dy!], attributes),
  webgpu: averagePoolWebgpu,
  cpu: averagePoolCpu,
});

/** dx from dy: a pixel sums its share of every window that it lies in. */
const inputGradient = defineOp<PoolGeometry>({
  name: "averagePoolGradient",
  shape: (_, { batch, height, width, channels }) => [{ shape: [batch, height, width, channels], dtype: "float32" }],
  gradient: "none",
  webgpu: averagePoolGradientWebgpu,
  cpu: averagePoolGradientCpu,
});

/**
 * Mean of each window:
 * `y[n, i, j, c] = Σ over r, s of x[n, i·strideY + r − top, j·strideX + s − left, c] / count[i, j]`, both the sum and
 * the count being of the window's pixels inside of the image: padding is not averaged in. As TensorFlow's
 * `avg_pool2d`. (PyTorch's `AvgPool2d` does the same with `count_include_pad=False`.)
 *
 * The gradient of a pixel is `Σ dy[n, i, j, c] / count[i, j]` over the windows that it lies in, in row-major order.
 *
 * @param x float32 [batch, height, width, channels]
 * @param options window and stride in pixels; the stride is the window's size by default, the padding `"valid"`
 * @returns float32 [batch, outHeight, outWidth, channels]; outHeight is ⌊(height − windowHeight) / strideY⌋ + 1, or
 *   ⌈height / strideY⌉ with `"same"` padding, and likewise for the width
 * @throws ShapeError if x does not have four axes, or is smaller than the window and not padded
 * @throws ArgumentError if the window or the stride is not a whole number of at least 1
 * @throws DTypeError if x is not float32
 */
export function averagePool(x: Tensor, options: PoolOptions): Tensor {
  return forward([x], poolGeometry("averagePool", x, options))[0]!;
}

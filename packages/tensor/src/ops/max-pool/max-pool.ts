/** @file Max-pool of NHWC images. */
import { ArgumentError, ShapeError } from "../../errors.ts";
import { formatShape, type Shape, type TensorSpec } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { conv2dGeometry } from "../conv2d/geometry.ts";
import { checkDType, defineOp, type GradientContext } from "../op.ts";
import { maxPoolCpu, maxPoolGradientCpu } from "./max-pool.cpu.ts";
import { maxPoolGradientWebgpu, maxPoolWebgpu } from "./max-pool.webgpu.ts";

/** Every size of a pooling, in pixels and channels. Padding at the bottom and right follows from the rest. */
export interface MaxPoolGeometry {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly windowHeight: number;
  readonly windowWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly padTop: number;
  readonly padLeft: number;
}

/** Options of {@link maxPool}. */
export interface MaxPoolOptions {
  /** Pixels that one output is the maximum of: one number, or [height, width]. */
  readonly window: number | readonly [number, number];
  /** Pixels from one window to the next: one number, or [y, x]. Default: the window's size. */
  readonly stride?: number | readonly [number, number];
  /** `"same"` gives ⌈size / stride⌉ outputs, the odd padding at the bottom and right. Default: `"valid"`. */
  readonly padding?: "valid" | "same";
}

/** Outputs are the maxima, and where in its window each was found. */
const forward = defineOp<MaxPoolGeometry>({
  name: "maxPool",
  shape: ([x], { batch, outHeight, outWidth, channels }) => {
    checkDType("maxPool", "x", x!, "float32");
    const shape = [batch, outHeight, outWidth, channels];
    return [
      { shape, dtype: "float32" },
      { shape, dtype: "int32" },
    ];
  },
  gradient: ({ outputs, attributes }: GradientContext<MaxPoolGeometry>, [dy]) =>
    inputGradient([dy!, outputs[1]!], attributes),
  visible: 1,
  webgpu: maxPoolWebgpu,
  cpu: maxPoolCpu,
});

/** dx from [dy, positions]: a pixel sums over the windows whose maximum it is. */
const inputGradient = defineOp<MaxPoolGeometry>({
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
export function maxPool(x: Tensor, options: MaxPoolOptions): Tensor {
  return forward([x], maxPoolGeometry(x, options))[0]!;
}

/** A window moves over an image as a filter does. */
function maxPoolGeometry(x: TensorSpec, options: MaxPoolOptions): MaxPoolGeometry {
  const { window, stride = window, padding = "valid" } = options;
  const [windowHeight, windowWidth] = pair("window", window);
  const strides = pair("stride", stride);
  checkImage(x.shape, [windowHeight, windowWidth], padding);
  const filter = { shape: [windowHeight, windowWidth, x.shape[3]!, 1], dtype: x.dtype };
  const { batch, height, width, channels, outHeight, outWidth, strideY, strideX, padTop, padLeft } = conv2dGeometry(
    x,
    filter,
    strides,
    padding,
  );
  return {
    ...{ batch, height, width, channels, outHeight, outWidth, windowHeight, windowWidth },
    ...{ strideY, strideX, padTop, padLeft },
  };
}

function pair(name: string, size: number | readonly [number, number]): readonly [number, number] {
  const sizes = typeof size === "number" ? ([size, size] as const) : size;
  if (sizes.some((value) => !Number.isInteger(value) || value < 1)) {
    throw new ArgumentError(`maxPool: ${name} must be whole numbers of at least 1, got [${sizes.join(", ")}]`);
  }
  return sizes;
}

function checkImage(shape: Shape, window: readonly [number, number], padding: "valid" | "same"): void {
  if (shape.length !== 4) {
    throw new ShapeError(`maxPool: x must be [batch, height, width, channels], got ${formatShape(shape)}`);
  }
  const [, height, width] = shape as [number, number, number, number];
  if (height < 1 || width < 1) throw new ShapeError(`maxPool: x has no pixels: ${formatShape(shape)}`);
  if (padding === "valid" && (height < window[0] || width < window[1])) {
    throw new ShapeError(`maxPool: x is ${formatShape(shape)}, smaller than the window ${formatShape(window)}`, {
      hints: ['use a smaller window, or padding: "same"'],
    });
  }
}

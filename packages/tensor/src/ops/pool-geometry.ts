/** @file The sizes of a pooling, from shape, window, stride and padding. */
import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape, type Shape, type TensorSpec } from "../shape.ts";
import { conv2dGeometry } from "./conv2d/geometry.ts";

/** Every size of a pooling, in pixels and channels. Padding at the bottom and right follows from the rest. */
export interface PoolGeometry {
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

/** Options of the poolings. */
export interface PoolOptions {
  /** Pixels that one output is made of: one number, or [height, width]. */
  readonly window: number | readonly [number, number];
  /** Pixels from one window to the next: one number, or [y, x]. Default: the window's size. */
  readonly stride?: number | readonly [number, number];
  /** `"same"` gives ⌈size / stride⌉ outputs, the odd padding at the bottom and right. Default: `"valid"`. */
  readonly padding?: "valid" | "same";
}

/** Checks x and the options of pooling `op`, and works the sizes out: a window moves over an image as a filter does. */
export function poolGeometry(op: string, x: TensorSpec, options: PoolOptions): PoolGeometry {
  const { window, stride = window, padding = "valid" } = options;
  const [windowHeight, windowWidth] = pair(op, "window", window);
  const strides = pair(op, "stride", stride);
  checkImage(op, x.shape, [windowHeight, windowWidth], padding);
  const filter = { shape: [windowHeight, windowWidth, x.shape[3]!, 1], dtype: x.dtype };
  const { batch, height, width, channels, outHeight, outWidth, strideY, strideX, padTop, padLeft } = conv2dGeometry(
    x,
    filter,
    { stride: strides, padding },
  );
  return {
    ...{ batch, height, width, channels, outHeight, outWidth, windowHeight, windowWidth },
    ...{ strideY, strideX, padTop, padLeft },
  };
}

function pair(op: string, name: string, size: number | readonly [number, number]): readonly [number, number] {
  const sizes = typeof size === "number" ? ([size, size] as const) : size;
  if (sizes.some((value) => !Number.isInteger(value) || value < 1)) {
    throw new ArgumentError(`${op}: ${name} must be whole numbers of at least 1, got [${sizes.join(", ")}]`);
  }
  return sizes;
}

function checkImage(op: string, shape: Shape, window: readonly [number, number], padding: "valid" | "same"): void {
  if (shape.length !== 4) {
    throw new ShapeError(`${op}: x must be [batch, height, width, channels], got ${formatShape(shape)}`);
  }
  const [, height, width] = shape as [number, number, number, number];
  if (height < 1 || width < 1) throw new ShapeError(`${op}: x has no pixels: ${formatShape(shape)}`);
  if (padding === "valid" && (height < window[0] || width < window[1])) {
    throw new ShapeError(`${op}: x is ${formatShape(shape)}, smaller than the window ${formatShape(window)}`, {
      hints: ['use a smaller window, or padding: "same"'],
    });
  }
}

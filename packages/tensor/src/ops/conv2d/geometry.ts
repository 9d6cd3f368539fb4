/** @file The sizes of a convolution, from shapes, stride and padding. */
import { ArgumentError, ShapeError } from "../../errors.ts";
import { formatShape, type Shape, type TensorSpec } from "../../shape.ts";
import { checkDType } from "../op.ts";

/**
 * `"valid"`: none. `"same"`: zeros so that the output has ⌈size / stride⌉ pixels, the odd one at the bottom and right
 * (TensorFlow's rule). Or explicit: `[[top, bottom], [left, right]]`.
 */
export type Padding = "same" | "valid" | readonly [readonly [number, number], readonly [number, number]];

/** Every size of a convolution, in pixels and channels. Padding at the bottom and right follows from the rest. */
export interface Conv2dGeometry {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly filters: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** Checks ranks, channels, stride and padding, and works the sizes out. Throws what {@link conv2d} documents. */
export function conv2dGeometry(
  x: TensorSpec,
  filter: TensorSpec,
  stride: number | readonly [number, number],
  padding: Padding,
): Conv2dGeometry {
  checkRank("x", "[batch, height, width, channels]", x.shape);
  checkRank("filter", "[filterHeight, filterWidth, channels, filters]", filter.shape);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [filterHeight, filterWidth, inner, filters] = filter.shape as [number, number, number, number];
  if (channels !== inner) {
    const shapes = `x is ${formatShape(x.shape)}, filter is ${formatShape(filter.shape)}`;
    throw new ShapeError(`conv2d: channels differ: ${shapes} (${channels} ≠ ${inner})`);
  }
  const [strideY, strideX] = typeof stride === "number" ? [stride, stride] : stride;
  const [vertical, horizontal] = typeof padding === "string" ? [padding, padding] : padding;
  const down = alongAxis("height", height, filterHeight, strideY, vertical);
  const across = alongAxis("width", width, filterWidth, strideX, horizontal);
  return {
    ...{ batch, height, width, channels, filterHeight, filterWidth, filters, strideY, strideX },
    ...{ padTop: down.before, padLeft: across.before, outHeight: down.size, outWidth: across.size },
  };
}

/** Checks dtypes, and that `[x, filter, bias?]` has a bias of one value per filter, if it has one. */
export function checkConv2d(inputs: readonly TensorSpec[]): void {
  const [x, filter, bias] = inputs as [TensorSpec, TensorSpec, TensorSpec?];
  checkDType("conv2d", "x", x, "float32");
  checkDType("conv2d", "filter", filter, "float32");
  if (!bias) return;
  checkDType("conv2d", "bias", bias, "float32");
  if (bias.shape.length !== 1 || bias.shape[0] !== filter.shape[3]) {
    throw new ShapeError(
      `conv2d: bias must be [${filter.shape[3]}], one value per filter, got ${formatShape(bias.shape)}`,
    );
  }
}

function checkRank(name: string, layout: string, shape: Shape): void {
  if (shape.length !== 4) throw new ShapeError(`conv2d: ${name} must be ${layout}, got ${formatShape(shape)}`);
}

/** Padding in front and output size along one axis. */
function alongAxis(
  axis: "height" | "width",
  size: number,
  filterSize: number,
  stride: number,
  padding: "same" | "valid" | readonly [number, number],
): { before: number; size: number } {
  if (!Number.isInteger(stride) || stride < 1) {
    throw new ArgumentError(`conv2d: stride must be a whole number of at least 1, got ${stride} along the ${axis}`);
  }
  if (filterSize < 1) throw new ShapeError(`conv2d: the filter's ${axis} must be at least 1, got ${filterSize}`);
  const [before, after] = resolvePadding(axis, size, filterSize, stride, padding);
  const result = Math.floor((size + before + after - filterSize) / stride) + 1;
  if (result < 1) {
    const sizes = `image ${size} + padding ${before} + ${after} is smaller than filter ${filterSize}`;
    throw new ShapeError(`conv2d: nothing is left along the ${axis}: ${sizes}`, {
      hints: ['use a smaller filter, or padding: "same"'],
    });
  }
  return { before, size: result };
}

function resolvePadding(
  axis: "height" | "width",
  size: number,
  filterSize: number,
  stride: number,
  padding: "same" | "valid" | readonly [number, number],
): readonly [number, number] {
  if (padding === "valid") return [0, 0];
  if (padding === "same") {
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + filterSize - size);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }
  if (padding.some((amount) => !Number.isInteger(amount) || amount < 0)) {
    const [before, after] = padding;
    throw new ArgumentError(
      `conv2d: padding must be whole numbers of at least 0, got [${before}, ${after}] along the ${axis}`,
    );
  }
  return padding;
}

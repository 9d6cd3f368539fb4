/** @file The sizes of a convolution, from shapes, stride and padding. */
import { ArgumentError, ShapeError } from "../../errors.ts";
import { formatShape, type Shape, type TensorSpec } from "../../shape.ts";
import { checkDType } from "../op.ts";

/**
 * `"valid"`: none. `"same"`: zeros so that the output has ⌈size / stride⌉ pixels, the odd one at the bottom and right
 * (TensorFlow's rule). Or explicit: `[[top, bottom], [left, right]]`.
 */
export type Padding = "same" | "valid" | readonly [readonly [number, number], readonly [number, number]];

/** How a filter moves over an image. */
export interface WindowOptions {
  /** Pixels from one output to the next: one number, or [y, x]. Default: 1. */
  readonly stride?: number | readonly [number, number];
  /** Pixels from one tap of the filter to the next: one number, or [y, x]. Default: 1. */
  readonly dilation?: number | readonly [number, number];
  /** Default: `"valid"`. */
  readonly padding?: Padding;
}

/** Every size of a convolution, in pixels and channels. Padding at the bottom and right follows from the rest. */
export interface Conv2dGeometry {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly filters: number;
  readonly groups: number;
  /** Channels that each filter sees: channels / groups. */
  readonly groupChannels: number;
  /** Filters that see the same channels: filters / groups. */
  readonly groupFilters: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly dilationY: number;
  readonly dilationX: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** Checks ranks, channels, groups, stride, dilation and padding, and works the sizes out for convolution `op`. */
export function conv2dGeometry(
  x: TensorSpec,
  filter: TensorSpec,
  options: WindowOptions & { readonly groups?: number } = {},
  op = "conv2d",
): Conv2dGeometry {
  const { stride = 1, dilation = 1, padding = "valid", groups = 1 } = options;
  checkRank(op, "x", "[batch, height, width, channels]", x.shape);
  checkRank(op, "filter", "[filterHeight, filterWidth, channels, filters]", filter.shape);
  checkGroups(op, x.shape, filter.shape, groups);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [filterHeight, filterWidth, groupChannels, filters] = filter.shape as [number, number, number, number];
  const [strideY, strideX] = pair(stride);
  const [dilationY, dilationX] = pair(dilation);
  const [vertical, horizontal] = typeof padding === "string" ? [padding, padding] : padding;
  const down = alongAxis(op, "height", height, { taps: filterHeight, stride: strideY, dilation: dilationY }, vertical);
  const across = alongAxis(op, "width", width, { taps: filterWidth, stride: strideX, dilation: dilationX }, horizontal);
  return {
    ...{ batch, height, width, channels, filterHeight, filterWidth, filters },
    ...{ groups, groupChannels, groupFilters: filters / groups, strideY, strideX, dilationY, dilationX },
    ...{ padTop: down.before, padLeft: across.before, outHeight: down.size, outWidth: across.size },
  };
}

/** Checks dtypes, and that `[x, filter, bias?]` has a bias of one value per filter, if it has one. */
export function checkConv2d(inputs: readonly TensorSpec[], filters: number, op = "conv2d"): void {
  const [x, filter, bias] = inputs as [TensorSpec, TensorSpec, TensorSpec?];
  checkDType(op, "x", x, "float32");
  checkDType(op, "filter", filter, "float32");
  if (!bias) return;
  checkDType(op, "bias", bias, "float32");
  if (bias.shape.length !== 1 || bias.shape[0] !== filters) {
    throw new ShapeError(`${op}: bias must be [${filters}], one value per filter, got ${formatShape(bias.shape)}`);
  }
}

/** Checks that a shape has the four axes of `layout`. */
export function checkRank(op: string, name: string, layout: string, shape: Shape): void {
  if (shape.length !== 4) throw new ShapeError(`${op}: ${name} must be ${layout}, got ${formatShape(shape)}`);
}

function checkGroups(op: string, x: Shape, filter: Shape, groups: number): void {
  const [channels, groupChannels, filters] = [x[3]!, filter[2]!, filter[3]!];
  if (!Number.isInteger(groups) || groups < 1) {
    throw new ArgumentError(`${op}: groups must be a whole number of at least 1, got ${groups}`);
  }
  if (channels % groups !== 0 || filters % groups !== 0) {
    const counts = `${channels} channels and ${filters} filters`;
    throw new ShapeError(`${op}: groups must divide channels and filters: ${groups} groups, ${counts}`);
  }
  if (channels !== groupChannels * groups) {
    const shapes = `x is ${formatShape(x)}, filter is ${formatShape(filter)}`;
    const each = groups === 1 ? `${channels}` : `${channels} / ${groups} groups`;
    throw new ShapeError(`${op}: channels differ: ${shapes} (${each} ≠ ${groupChannels})`);
  }
}

/** One number for both axes, or [y, x]. */
export function pair(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === "number" ? [value, value] : value;
}

/** A filter along one axis. */
export interface FilterAxis {
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
}

/** Pixels from the first tap to the last, both counted. */
export function reachOf({ taps, dilation }: FilterAxis): number {
  return (taps - 1) * dilation + 1;
}

/** Checks a filter's size, stride and dilation along one axis. */
export function checkAxis(op: string, axis: "height" | "width", { taps, stride, dilation }: FilterAxis): void {
  for (const [name, value] of [["stride", stride] as const, ["dilation", dilation] as const]) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new ArgumentError(`${op}: ${name} must be a whole number of at least 1, got ${value} along the ${axis}`);
  }
  if (taps < 1) throw new ShapeError(`${op}: the filter's ${axis} must be at least 1, got ${taps}`);
}

/** Padding in front and output size along one axis. */
function alongAxis(
  op: string,
  axis: "height" | "width",
  size: number,
  filter: FilterAxis,
  padding: AxisPadding,
): { before: number; size: number } {
  checkAxis(op, axis, filter);
  const [before, after] = resolvePadding(op, axis, size, filter, padding);
  const result = Math.floor((size + before + after - reachOf(filter)) / filter.stride) + 1;
  if (result < 1) {
    const reach = filter.dilation === 1 ? `${filter.taps}` : `${filter.taps} dilated to ${reachOf(filter)}`;
    const sizes = `image ${size} + padding ${before} + ${after} is smaller than filter ${reach}`;
    throw new ShapeError(`${op}: nothing is left along the ${axis}: ${sizes}`, {
      hints: ['use a smaller filter, or padding: "same"'],
    });
  }
  return { before, size: result };
}

/** Padding along one axis. */
export type AxisPadding = "same" | "valid" | readonly [number, number];

/** Zeros in front of an axis of `size` pixels, and after it. */
export function resolvePadding(
  op: string,
  axis: "height" | "width",
  size: number,
  filter: FilterAxis,
  padding: AxisPadding,
): readonly [number, number] {
  if (padding === "valid") return [0, 0];
  if (padding === "same") {
    const total = Math.max(0, (Math.ceil(size / filter.stride) - 1) * filter.stride + reachOf(filter) - size);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }
  if (padding.some((amount) => !Number.isInteger(amount) || amount < 0)) {
    const [before, after] = padding;
    throw new ArgumentError(
      `${op}: padding must be whole numbers of at least 0, got [${before}, ${after}] along the ${axis}`,
    );
  }
  return padding;
}

/** Products in a convolution, and in each of its gradients. */
export function convolutionMultiplyAdds({
  batch,
  outHeight,
  outWidth,
  filters,
  filterHeight,
  filterWidth,
  groupChannels,
}: Conv2dGeometry): number {
  return batch * outHeight * outWidth * filters * filterHeight * filterWidth * groupChannels;
}

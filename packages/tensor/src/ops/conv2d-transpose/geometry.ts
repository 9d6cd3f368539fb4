/** @file The sizes of a transposed convolution: those of the convolution that takes its result to its input. */
import { ArgumentError, ShapeError } from "../../errors.ts";
import { formatShape, type TensorSpec } from "../../shape.ts";
import {
  type AxisPadding,
  type Conv2dGeometry,
  checkAxis,
  checkRank,
  type FilterAxis,
  pair,
  reachOf,
  resolvePadding,
  type WindowOptions,
} from "../conv2d/geometry.ts";

/** How a filter is laid into the result. */
export interface TransposedWindowOptions extends WindowOptions {
  /** Parts that channels and filters are cut into: see `conv2d`. Default: 1. */
  readonly groups?: number;
  /**
   * Pixels more at the bottom and right, below the stride or the dilation: a stride makes several sizes of y fit one of
   * x. One number, or [y, x]. Default: what makes `"same"` height · stride.
   */
  readonly outputPadding?: number | readonly [number, number];
}

const op = "conv2dTranspose";

/** Checks ranks, channels, groups, stride, dilation and paddings, and works the sizes out. */
export function transposedGeometry(
  x: TensorSpec,
  filter: TensorSpec,
  options: TransposedWindowOptions = {},
): Conv2dGeometry {
  const { stride = 1, dilation = 1, padding = "valid", groups = 1, outputPadding } = options;
  checkRank(op, "x", "[batch, height, width, channels]", x.shape);
  checkRank(op, "filter", "[filterHeight, filterWidth, filters, channels]", filter.shape);
  checkChannels(x, filter, groups);
  const [batch, outHeight, outWidth, filters] = x.shape as [number, number, number, number];
  const [filterHeight, filterWidth, groupChannels] = filter.shape as [number, number, number, number];
  const [strideY, strideX] = pair(stride);
  const [dilationY, dilationX] = pair(dilation);
  const [vertical, horizontal] = typeof padding === "string" ? [padding, padding] : padding;
  const [moreY, moreX] = outputPadding === undefined ? [undefined, undefined] : pair(outputPadding);
  const axisY = { taps: filterHeight, stride: strideY, dilation: dilationY };
  const axisX = { taps: filterWidth, stride: strideX, dilation: dilationX };
  const down = alongAxis("height", outHeight, axisY, vertical, moreY);
  const across = alongAxis("width", outWidth, axisX, horizontal, moreX);
  return {
    ...{ batch, height: down.size, width: across.size, channels: groups * groupChannels, filterHeight, filterWidth },
    ...{ filters, groups, groupChannels, groupFilters: filters / groups, strideY, strideX, dilationY, dilationX },
    ...{ padTop: down.before, padLeft: across.before, outHeight, outWidth },
  };
}

function checkChannels(x: TensorSpec, filter: TensorSpec, groups: number): void {
  const [channels, inner] = [x.shape[3]!, filter.shape[3]!];
  if (!Number.isInteger(groups) || groups < 1) {
    throw new ArgumentError(`${op}: groups must be a whole number of at least 1, got ${groups}`);
  }
  if (channels !== inner) {
    const shapes = `x is ${formatShape(x.shape)}, filter is ${formatShape(filter.shape)}`;
    throw new ShapeError(`${op}: channels differ: ${shapes} (${channels} ≠ ${inner})`, {
      hints: ["a transposed filter is [filterHeight, filterWidth, filters, channels]"],
    });
  }
  if (channels % groups !== 0) {
    throw new ShapeError(`${op}: groups must divide channels: ${groups} groups, ${channels} channels`);
  }
}

/** Padding in front and size of the result along one axis. */
function alongAxis(
  axis: "height" | "width",
  size: number,
  filter: FilterAxis,
  padding: AxisPadding,
  outputPadding: number | undefined,
): { before: number; size: number } {
  checkAxis(op, axis, filter);
  if (size < 1) throw new ShapeError(`${op}: x has no pixels along the ${axis}`);
  checkOutputPadding(axis, filter, outputPadding);
  const length = resultLength(axis, size, filter, padding, outputPadding);
  if (length < 1) throw new ShapeError(`${op}: nothing is left along the ${axis}: ${length} pixels after the padding`);
  if (padding === "same" && Math.ceil(length / filter.stride) !== size) {
    const back = Math.ceil(length / filter.stride);
    throw new ArgumentError(
      `${op}: outputPadding ${outputPadding} gives ${length} pixels along the ${axis}, which stride ${filter.stride} and padding "same" take back to ${back}, not ${size}`,
    );
  }
  return { before: resolvePadding(op, axis, length, filter, padding)[0], size: length };
}

function checkOutputPadding(axis: string, { stride, dilation }: FilterAxis, outputPadding: number | undefined): void {
  if (outputPadding === undefined) return;
  const limit = Math.max(stride, dilation);
  if (Number.isInteger(outputPadding) && outputPadding >= 0 && outputPadding < limit) return;
  throw new ArgumentError(
    `${op}: outputPadding must be a whole number from 0 to ${limit - 1}, below stride or dilation, got ${outputPadding} along the ${axis}`,
  );
}

function resultLength(
  axis: "height" | "width",
  size: number,
  filter: FilterAxis,
  padding: AxisPadding,
  outputPadding: number | undefined,
): number {
  const reach = reachOf(filter);
  const span = (size - 1) * filter.stride;
  if (padding === "same") {
    return outputPadding === undefined ? size * filter.stride : span + (reach % 2) + outputPadding;
  }
  if (padding === "valid") {
    return outputPadding === undefined ? span + Math.max(reach, filter.stride) : span + reach + outputPadding;
  }
  const [before, after] = resolvePadding(op, axis, size, filter, padding);
  return span + reach - before - after + (outputPadding ?? 0);
}

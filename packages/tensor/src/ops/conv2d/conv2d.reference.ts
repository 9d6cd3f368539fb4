/** @file Float64 oracle of conv2d: seven loops, and their adjoint. */
import { mapArray, type NdArray, ndArray } from "../../testing/nd-array.ts";
import { activationFunction, unaryGradientReference, unaryReference } from "../elementwise/elementwise.reference.ts";

/** `"same"` and `"valid"` as TensorFlow has them, or `[[top, bottom], [left, right]]`. */
export type ReferencePadding = "same" | "valid" | readonly [readonly [number, number], readonly [number, number]];

/** Options of the convolution; `bias` is an operand of its own. */
export interface Conv2dReferenceOptions {
  readonly stride?: number | readonly [number, number];
  readonly dilation?: number | readonly [number, number];
  readonly groups?: number;
  readonly padding?: ReferencePadding;
  readonly activation?: "none" | "relu" | "elu";
}

/**
 * `y[n, i, j, k] = activation(bias[k] + Σ x[n, i·stride + r·dilation − top, j·stride + s·dilation − left, first + c] ·
 * filter[r, s, c, k])`, `first` being the first channel of the k-th filter's group.
 */
export function conv2dReference(
  x: NdArray,
  filter: NdArray,
  bias?: NdArray,
  options: Conv2dReferenceOptions = {},
): NdArray {
  return unaryReference(activationFunction(options.activation ?? "none"), beforeActivation(x, filter, bias, options));
}

/** Gradients of x and filter, and of the bias if there is one. */
export function conv2dGradientReference(
  dy: NdArray,
  x: NdArray,
  filter: NdArray,
  bias?: NdArray,
  options: Conv2dReferenceOptions = {},
): NdArray[] {
  const activation = activationFunction(options.activation ?? "none");
  const dz = unaryGradientReference(activation, dy, beforeActivation(x, filter, bias, options));
  const [dx, dfilter] = [ndArray(x.shape), ndArray(filter.shape)];
  forEachProduct(x, filter, options, (output, input, weight) => {
    dx.data[input]! += dz.data[output]! * filter.data[weight]!;
    dfilter.data[weight]! += dz.data[output]! * x.data[input]!;
  });
  if (!bias) return [dx, dfilter];
  const dbias = ndArray(bias.shape);
  dz.data.forEach((value, i) => {
    dbias.data[i % bias.data.length]! += value;
  });
  return [dx, dfilter, dbias];
}

function beforeActivation(
  x: NdArray,
  filter: NdArray,
  bias: NdArray | undefined,
  options: Conv2dReferenceOptions,
): NdArray {
  const z = ndArray(outputShape(x, filter, options));
  forEachProduct(x, filter, options, (output, input, weight) => {
    z.data[output]! += x.data[input]! * filter.data[weight]!;
  });
  return bias ? mapArray(z, (value, i) => value + bias.data[i % bias.data.length]!) : z;
}

/** Where windows lie along one axis: padding in front, and how many there are. */
export interface WindowPlacement {
  readonly before: number;
  readonly count: number;
}

/** TensorFlow's rule for the places of windows along one axis. */
export function placeWindows(
  size: number,
  window: number,
  stride: number,
  padding: "same" | "valid" | readonly [number, number],
): WindowPlacement {
  if (padding === "same") {
    const count = Math.ceil(size / stride);
    return { before: Math.floor(Math.max(0, (count - 1) * stride + window - size) / 2), count };
  }
  const [before, after] = padding === "valid" ? [0, 0] : padding;
  return { before, count: Math.floor((before + size + after - window) / stride) + 1 };
}

function placements(x: NdArray, filter: NdArray, options: Conv2dReferenceOptions) {
  const { stride = 1, dilation = 1, padding = "valid" } = options;
  const [strideY, strideX] = typeof stride === "number" ? [stride, stride] : stride;
  const [dilationY, dilationX] = typeof dilation === "number" ? [dilation, dilation] : dilation;
  const [vertical, horizontal] = typeof padding === "string" ? [padding, padding] : padding;
  return {
    ...{ strideY, strideX, dilationY, dilationX },
    rows: placeWindows(x.shape[1]!, (filter.shape[0]! - 1) * dilationY + 1, strideY, vertical),
    columns: placeWindows(x.shape[2]!, (filter.shape[1]! - 1) * dilationX + 1, strideX, horizontal),
  };
}

function outputShape(x: NdArray, filter: NdArray, options: Conv2dReferenceOptions): number[] {
  const { rows, columns } = placements(x, filter, options);
  return [x.shape[0]!, rows.count, columns.count, filter.shape[3]!];
}

/** Calls back with the flat indices (output, input, weight) of every product that lies inside of the image. */
function forEachProduct(
  x: NdArray,
  filter: NdArray,
  options: Conv2dReferenceOptions,
  visit: (output: number, input: number, weight: number) => void,
): void {
  const { strideY, strideX, dilationY, dilationX, rows, columns } = placements(x, filter, options);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [filterHeight, filterWidth, groupChannels, filters] = filter.shape as [number, number, number, number];
  const groupFilters = filters / (options.groups ?? 1);
  for (let pixel = 0; pixel < batch * rows.count * columns.count; pixel++) {
    const n = Math.floor(pixel / (rows.count * columns.count));
    const top = (Math.floor(pixel / columns.count) % rows.count) * strideY - rows.before;
    const left = (pixel % columns.count) * strideX - columns.before;
    for (let tap = 0; tap < filterHeight * filterWidth; tap++) {
      const v = top + Math.floor(tap / filterWidth) * dilationY;
      const u = left + (tap % filterWidth) * dilationX;
      if (v < 0 || v >= height || u < 0 || u >= width) continue;
      const input = ((n * height + v) * width + u) * channels;
      for (let c = 0; c < groupChannels; c++) {
        for (let k = 0; k < filters; k++) {
          const first = Math.floor(k / groupFilters) * groupChannels;
          visit(pixel * filters + k, input + first + c, (tap * groupChannels + c) * filters + k);
        }
      }
    }
  }
}

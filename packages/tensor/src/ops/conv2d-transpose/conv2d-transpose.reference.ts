/** @file Float64 oracle of conv2dTranspose: every pixel of x lays a scaled filter into y, and the adjoint of that. */
import { mapArray, type NdArray, ndArray } from "../../testing/nd-array.ts";
import { activationFunction, unaryGradientReference, unaryReference } from "../elementwise/elementwise.reference.ts";

/** The result's size and where its first window begins are the case's to say: [height, width] and [top, left]. */
export interface Conv2dTransposeReferenceOptions {
  readonly outputSize: readonly [number, number];
  readonly before: readonly [number, number];
  readonly stride?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly groups?: number;
  readonly activation?: "none" | "relu" | "elu";
}

/** `y[n, i·stride + r·dilation − top, …, k] += x[n, i, j, c] · filter[r, s, k, c]`, then bias and activation. */
export function conv2dTransposeReference(
  x: NdArray,
  filter: NdArray,
  bias: NdArray | undefined,
  options: Conv2dTransposeReferenceOptions,
): NdArray {
  return unaryReference(activationFunction(options.activation ?? "none"), beforeActivation(x, filter, bias, options));
}

/** Gradients of x and filter, and of the bias if there is one. */
export function conv2dTransposeGradientReference(
  dy: NdArray,
  x: NdArray,
  filter: NdArray,
  bias: NdArray | undefined,
  options: Conv2dTransposeReferenceOptions,
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
  options: Conv2dTransposeReferenceOptions,
): NdArray {
  const filters = filter.shape[2]! * (options.groups ?? 1);
  const z = ndArray([x.shape[0]!, ...options.outputSize, filters]);
  forEachProduct(x, filter, options, (output, input, weight) => {
    z.data[output]! += x.data[input]! * filter.data[weight]!;
  });
  return bias ? mapArray(z, (value, i) => value + bias.data[i % filters]!) : z;
}

/** Calls back with the flat indices (output, input, weight) of every product that lands inside of y. */
function forEachProduct(
  x: NdArray,
  filter: NdArray,
  options: Conv2dTransposeReferenceOptions,
  visit: (output: number, input: number, weight: number) => void,
): void {
  const { outputSize, before, stride = [1, 1], dilation = [1, 1], groups = 1 } = options;
  const [, height, width, channels] = x.shape as [number, number, number, number];
  const [, filterWidth, groupFilters] = filter.shape as [number, number, number, number];
  x.data.forEach((_, input) => {
    const c = input % channels;
    const pixel = Math.floor(input / channels);
    const n = Math.floor(pixel / (height * width));
    const top = (Math.floor(pixel / width) % height) * stride[0] - before[0];
    const left = (pixel % width) * stride[1] - before[1];
    const first = Math.floor(c / (channels / groups)) * groupFilters;
    for (let weight = c; weight < filter.data.length; weight += channels) {
      const k = Math.floor(weight / channels) % groupFilters;
      const tap = Math.floor(weight / channels / groupFilters);
      const v = top + Math.floor(tap / filterWidth) * dilation[0];
      const u = left + (tap % filterWidth) * dilation[1];
      if (v < 0 || v >= outputSize[0] || u < 0 || u >= outputSize[1]) continue;
      const output = (n * outputSize[0] + v) * outputSize[1] + u;
      visit(output * groupFilters * groups + first + k, input, weight);
    }
  });
}

/** @file Cases of depthwiseConv2d, and of conv2d with groups of one channel, which is the same op. */
import type { OpCase } from "../../testing/case.ts";
import { summation } from "../../testing/tolerance.ts";
import { type Conv2dReferenceOptions, conv2dGradientReference, conv2dReference } from "../conv2d/conv2d.reference.ts";
import { conv2d } from "../conv2d/conv2d.ts";
import { depthwiseConv2dGradientReference, depthwiseConv2dReference } from "./depthwise-conv2d.reference.ts";
import { depthwiseConv2d } from "./depthwise-conv2d.ts";

type Image = readonly [batch: number, height: number, width: number, channels: number];
type Filter = readonly [height: number, width: number, multiplier: number];
type Options = Conv2dReferenceOptions & { readonly bias?: boolean };

export const depthwiseConv2dCases: readonly OpCase[] = [
  depthwiseCase([3, 7, 5, 5], [3, 3, 1], { padding: "same", bias: true }),
  depthwiseCase([2, 7, 11, 8], [3, 3, 1], { padding: "same", bias: true, activation: "relu" }),
  depthwiseCase([2, 6, 13, 20], [3, 3, 1], { padding: "same", activation: "elu" }),
  depthwiseCase([2, 9, 10, 4], [3, 3, 1], { padding: "same", stride: 2 }),
  depthwiseCase([1, 9, 13, 3], [5, 5, 1], { padding: "valid" }),
  depthwiseCase([1, 10, 19, 9], [3, 2, 1], { padding: "same", stride: [3, 2], bias: true }),
  depthwiseCase([2, 4, 5, 12], [1, 1, 1], { bias: true }),
  depthwiseCase([2, 6, 7, 3], [2, 2, 1], { padding: "same", stride: 3 }),
  depthwiseCase([2, 1, 1, 5], [3, 3, 1], { padding: "same" }),
  depthwiseCase([1, 1, 1, 1], [1, 1, 1]),
  depthwiseCase([2, 9, 12, 6], [3, 3, 1], { padding: "same", dilation: 2, bias: true }),
  depthwiseCase([1, 11, 13, 4], [3, 3, 1], { padding: "valid", dilation: [4, 1] }),
  depthwiseCase([1, 14, 15, 3], [3, 2, 1], { padding: "same", stride: [4, 2], dilation: [6, 3], bias: true }),
  depthwiseCase([2, 2, 3, 4], [3, 3, 1], { padding: "same", dilation: 4 }),
  depthwiseCase([1, 9, 9, 4], [2, 3, 1], { padding: "same", stride: 2, dilation: 4 }),
  depthwiseCase([2, 6, 7, 3], [3, 3, 2], { padding: "same", bias: true, activation: "elu" }),
  depthwiseCase([1, 5, 9, 8], [3, 3, 3], { padding: "valid", bias: true, stride: 2 }),
  depthwiseCase([1, 7, 6, 4], [2, 3, 4], { padding: "same", dilation: 2 }),
  depthwiseCase([1, 40, 9, 2], [3, 3, 1], { padding: "same" }),
  groupedCase([2, 6, 7, 6], [3, 3, 6], { padding: "same", bias: true, activation: "relu" }),
  groupedCase([1, 6, 7, 5], [3, 3, 10], { stride: 2, bias: true }),
  depthwiseCase([2, 5, 6, 3], [3, 3, 1], {
    padding: [
      [2, 0],
      [1, 3],
    ],
    stride: 2,
  }),
];

function depthwiseCase(image: Image, filter: Filter, { bias: hasBias, ...options }: Options = {}): OpCase {
  const [height, width, multiplier] = filter;
  const filters = multiplier * image[3];
  return {
    ...frame("depthwiseConv2d", image, filter, filters, { ...options, bias: hasBias }),
    inputs: inputs(image, [height, width, image[3], multiplier], filters, hasBias),
    run: (x, weights, bias) => depthwiseConv2d(x, weights, bias ? { ...options, bias } : options),
    reference: (x, weights, bias) => depthwiseConv2dReference(x, weights, bias, options),
    referenceGradient: ([dy], x, weights, bias) => depthwiseConv2dGradientReference(dy, x, weights, bias, options),
  };
}

function groupedCase(image: Image, filter: Filter, { bias: hasBias, ...rest }: Options = {}): OpCase {
  const [height, width, filters] = filter;
  const options = { ...rest, groups: image[3] };
  return {
    ...frame(`conv2d groups ${image[3]}`, image, filter, filters, { ...rest, bias: hasBias }),
    inputs: inputs(image, [height, width, 1, filters], filters, hasBias),
    run: (x, weights, bias) => conv2d(x, weights, bias ? { ...options, bias } : options),
    reference: (x, weights, bias) => conv2dReference(x, weights, bias, options),
    referenceGradient: ([dy], x, weights, bias) => conv2dGradientReference(dy, x, weights, bias, options),
  };
}

function inputs(image: Image, filter: readonly number[], filters: number, bias = false): OpCase["inputs"] {
  return [{ shape: image }, { shape: filter }, ...(bias ? [{ shape: [filters] }] : [])];
}

/** The longest sum is a filter's gradient, over every output pixel. */
function frame(op: string, image: Image, filter: Filter, filters: number, options: Options) {
  const { padding = "valid", stride = 1, dilation = 1, bias, activation } = options;
  const notes = [
    JSON.stringify(padding).replaceAll('"', ""),
    ...[stride !== 1 && `stride ${stride}`, dilation !== 1 && `dilation ${dilation}`, bias && "bias", activation],
  ];
  return {
    name: [`${op} ${image.join("×")} ${filter.join("×")}`, ...notes].filter(Boolean).join(" "),
    tolerance: summation(Math.max(image[0] * image[1] * image[2], filter[0] * filter[1] * (filters / image[3]))),
  };
}

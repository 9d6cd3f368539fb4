/** @file Cases of conv2dTranspose. Each says how large the result is and where it begins, by TensorFlow's or PyTorch's rule. */
import type { OpCase } from "../../testing/case.ts";
import { summation } from "../../testing/tolerance.ts";
import { winograd } from "../conv2d/conv2d.cases.ts";
import {
  type Conv2dTransposeReferenceOptions,
  conv2dTransposeGradientReference,
  conv2dTransposeReference,
} from "./conv2d-transpose.reference.ts";
import { type Conv2dTransposeOptions, conv2dTranspose } from "./conv2d-transpose.ts";

type Image = readonly [batch: number, height: number, width: number, channels: number];
type Filter = readonly [height: number, width: number, filters: number];
type Pair = readonly [number, number];
type Options = Omit<Conv2dTransposeOptions, "bias" | "stride" | "dilation"> & {
  readonly bias?: boolean;
  readonly stride?: Pair;
  readonly dilation?: Pair;
};

export const conv2dTransposeCases: readonly OpCase[] = [
  transposeCase([2, 4, 3, 5], [3, 3, 6], [4, 3], [1, 1], { padding: "same", bias: true }),
  transposeCase([2, 4, 3, 5], [3, 3, 9], [8, 6], [0, 0], {
    padding: "same",
    stride: [2, 2],
    bias: true,
    activation: "relu",
  }),
  transposeCase([2, 3, 4, 4], [4, 4, 3], [6, 8], [1, 1], { padding: "same", stride: [2, 2], activation: "elu" }),
  transposeCase([2, 4, 3, 5], [3, 2, 8], [6, 4], [0, 0], { padding: "valid", bias: true }),
  transposeCase([1, 4, 3, 8], [3, 3, 16], [9, 7], [0, 0], { padding: "valid", stride: [2, 2] }),
  // Filters smaller than the stride leave pixels that only the bias reaches.
  transposeCase([2, 3, 4, 3], [1, 2, 4], [6, 12], [0, 0], { stride: [2, 3], bias: true, activation: "elu" }),
  transposeCase([2, 3, 4, 3], [1, 2, 4], [5, 11], [0, 0], { stride: [2, 3], outputPadding: 0 }),
  transposeCase([1, 3, 3, 4], [3, 3, 5], [5, 6], [1, 0], { padding: "same", stride: [2, 2], outputPadding: [0, 1] }),
  transposeCase([1, 3, 4, 2], [3, 3, 3], [6, 8], [1, 1], {
    ...{ stride: [2, 2], outputPadding: 1, bias: true },
    padding: [
      [1, 1],
      [1, 1],
    ],
  }),
  transposeCase([1, 4, 3, 3], [3, 3, 4], [7, 6], [2, 0], {
    dilation: [3, 2],
    padding: [
      [2, 1],
      [0, 1],
    ],
  }),
  transposeCase([1, 3, 4, 3], [3, 2, 4], [8, 15], [1, 0], {
    ...{ padding: "same", stride: [3, 4], dilation: [2, 3], outputPadding: [1, 3], bias: true },
  }),
  transposeCase([2, 3, 3, 6], [3, 3, 2], [6, 6], [0, 0], { padding: "same", stride: [2, 2], groups: 3, bias: true }),
  transposeCase([1, 3, 4, 4], [2, 3, 1], [3, 4], [0, 1], { padding: "same", groups: 4 }),
  // Where the cpu device takes Winograd's way.
  winograd(
    transposeCase([2, 9, 12, 16], [3, 3, 20], [9, 12], [1, 1], { padding: "same", bias: true, activation: "elu" }),
  ),
  transposeCase([1, 1, 1, 1], [1, 1, 1], [1, 1], [0, 0], {}),
];

function transposeCase(
  image: Image,
  filter: Filter,
  outputSize: Pair,
  before: Pair,
  { bias: hasBias = false, ...options }: Options,
): OpCase {
  const [batch, height, width, channels] = image;
  const [filterHeight, filterWidth, groupFilters] = filter;
  const { padding = "valid", stride, dilation, groups = 1, outputPadding, activation } = options;
  const notes = [
    JSON.stringify(padding).replaceAll('"', ""),
    ...[stride && `stride ${stride}`, dilation && `dilation ${dilation}`, groups > 1 && `groups ${groups}`],
    ...[outputPadding !== undefined && `outputPadding ${outputPadding}`, hasBias && "bias", activation],
  ];
  const oracle: Conv2dTransposeReferenceOptions = {
    ...{ outputSize, before, groups, stride: stride ?? [1, 1], dilation: dilation ?? [1, 1] },
    activation: activation ?? "none",
  };
  // The longest sum is dbias, over every pixel of the result, a filter's gradient, or a pixel of dx or y.
  const products = filterHeight * filterWidth * Math.max(channels, groupFilters);
  return {
    name: [`conv2dTranspose ${image.join("×")} ${filter.join("×")}`, ...notes].filter(Boolean).join(" "),
    inputs: [
      { shape: image },
      { shape: [filterHeight, filterWidth, groupFilters, channels] },
      ...(hasBias ? [{ shape: [groupFilters * groups] }] : []),
    ],
    run: (x, weights, bias) => conv2dTranspose(x, weights, bias ? { ...options, bias } : options),
    reference: (x, weights, bias) => conv2dTransposeReference(x, weights, bias, oracle),
    referenceGradient: ([dy], x, weights, bias) => conv2dTransposeGradientReference(dy, x, weights, bias, oracle),
    tolerance: summation(Math.max(batch * outputSize[0] * outputSize[1], products, batch * height * width)),
  };
}

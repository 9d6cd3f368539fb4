/** @file Cases of conv2d. */
import type { OpCase } from "../../testing/case.ts";
import { summation } from "../../testing/tolerance.ts";
import { type Conv2dReferenceOptions, conv2dGradientReference, conv2dReference } from "./conv2d.reference.ts";
import { conv2d } from "./conv2d.ts";

type Image = readonly [batch: number, height: number, width: number, channels: number];
type Filter = readonly [height: number, width: number, filters: number];
type Options = Conv2dReferenceOptions & { readonly bias?: boolean };

export const conv2dCases: readonly OpCase[] = [
  conv2dCase([3, 7, 5, 5], [3, 3, 11], { padding: "same", bias: true }),
  conv2dCase([3, 7, 5, 5], [3, 3, 11], { padding: "valid" }),
  conv2dCase([3, 7, 5, 5], [3, 3, 11], { padding: "same", stride: 2 }),
  conv2dCase([2, 9, 9, 20], [3, 3, 33], { padding: "same", bias: true, activation: "relu" }),
  conv2dCase([1, 14, 11, 4], [3, 3, 8], { padding: "same", activation: "elu" }),
  conv2dCase([3, 7, 5, 3], [2, 2, 4], { padding: "same", bias: true }),
  conv2dCase([2, 6, 7, 3], [2, 2, 5], { padding: "same", stride: [2, 3] }),
  conv2dCase([2, 7, 8, 3], [5, 5, 6], { padding: "same" }),
  conv2dCase([1, 11, 9, 2], [5, 4, 7], { padding: "valid", stride: 3, bias: true, activation: "relu" }),
  conv2dCase([3, 4, 5, 7], [1, 1, 9], { bias: true }),
  conv2dCase([2, 5, 5, 7], [1, 1, 3], { stride: 2 }),
  conv2dCase([2, 1, 1, 5], [3, 3, 4], { padding: "same" }),
  conv2dCase([1, 1, 1, 1], [1, 1, 1]),
  conv2dCase([2, 1, 6, 3], [1, 3, 4], { padding: "same" }),
  conv2dCase([2, 5, 6, 3], [3, 3, 4], {
    padding: [
      [2, 0],
      [1, 3],
    ],
  }),
  conv2dCase([2, 6, 5, 3], [3, 2, 4], {
    padding: [
      [0, 3],
      [4, 1],
    ],
    stride: 2,
    bias: true,
  }),
  conv2dCase([2, 8, 7, 5], [3, 3, 6], { padding: "same", dilation: 2, bias: true }),
  conv2dCase([2, 9, 8, 4], [3, 2, 8], { padding: "valid", dilation: [1, 3], activation: "relu" }),
  conv2dCase([1, 9, 10, 3], [3, 3, 4], { padding: "valid", dilation: [3, 1] }),
  // Stride and dilation without a common factor, with one, and with the dilation a multiple of the stride.
  conv2dCase([2, 9, 11, 3], [3, 3, 5], { padding: "same", stride: 2, dilation: 3 }),
  conv2dCase([1, 14, 15, 2], [3, 3, 4], { padding: "valid", stride: [4, 6], dilation: [6, 4], bias: true }),
  conv2dCase([1, 9, 9, 4], [2, 3, 9], { padding: "same", stride: 2, dilation: 4 }),
  conv2dCase([2, 3, 3, 3], [3, 3, 4], { padding: "same", dilation: 4 }),
  conv2dCase([2, 6, 5, 8], [3, 3, 12], { padding: "same", groups: 2, bias: true, activation: "elu" }),
  conv2dCase([2, 5, 6, 9], [3, 2, 6], { padding: "valid", groups: 3, bias: true }),
  conv2dCase([2, 5, 5, 10], [1, 1, 15], { groups: 5, stride: 2 }),
  conv2dCase([1, 7, 8, 32], [3, 3, 36], { padding: "same", groups: 2, stride: 2, dilation: 3 }),
  conv2dCase([1, 9, 8, 20], [3, 3, 36], { padding: "same", stride: [2, 3], bias: true, activation: "relu" }),
  conv2dCase([1, 7, 8, 32], [4, 3, 72], { padding: "same", dilation: 2, groups: 2 }),
  conv2dCase([2, 1, 1, 16], [3, 3, 16], { padding: "same" }),
  conv2dCase([1, 3, 4, 80], [3, 3, 40], { padding: "same", groups: 2 }),
  // The cpu device takes Winograd's way here: tiles of 4×4 that fit and that do not, a part of the channels to a line.
  winograd(conv2dCase([3, 8, 8, 16], [3, 3, 24], { padding: "same", bias: true, activation: "relu" })),
  winograd(conv2dCase([3, 13, 10, 20], [3, 3, 36], { padding: "valid", activation: "elu" })),
  winograd(conv2dCase([1, 16, 12, 320], [3, 3, 16], { padding: "same" })),
  winograd(
    conv2dCase([4, 6, 7, 16], [3, 3, 16], {
      padding: [
        [0, 2],
        [2, 1],
      ],
      bias: true,
    }),
  ),
  // Channels whose last part is shorter than the others, in the forward pass and in the filter's gradient.
  winograd(conv2dCase([1, 12, 16, 308], [3, 3, 16], { padding: "same" })),
  winograd(conv2dCase([1, 12, 16, 68], [3, 3, 16], { padding: "same", activation: "elu" })),
  // More padding than the filter reaches: the input's gradient has a negative one, which cuts dy.
  winograd(
    conv2dCase([2, 9, 10, 16], [3, 3, 16], {
      padding: [
        [4, 3],
        [3, 4],
      ],
    }),
  ),
  // 294 tiles: several blocks of 48, and a rest.
  winograd(conv2dCase([6, 28, 28, 16], [3, 3, 16], { padding: "same", bias: true, activation: "elu" })),
  // The input needs no gradient, as a network's first layer has it.
  withoutInputGradient(conv2dCase([2, 6, 7, 3], [3, 3, 16], { padding: "same", bias: true })),
];

function conv2dCase(image: Image, filter: Filter, { bias: hasBias = false, ...options }: Options = {}): OpCase {
  const [batch, height, width, channels] = image;
  const [filterHeight, filterWidth, filters] = filter;
  const { padding = "valid", stride = 1, dilation = 1, groups = 1, activation } = options;
  const notes = [
    JSON.stringify(padding).replaceAll('"', ""),
    ...[stride !== 1 && `stride ${stride}`, dilation !== 1 && `dilation ${dilation}`, groups > 1 && `groups ${groups}`],
  ];
  // The longest sum is a filter's gradient, over every output pixel, or an output, over a filter's values.
  const longest = Math.max(batch * height * width, filterHeight * filterWidth * Math.max(channels, filters));
  return {
    name: [`conv2d ${image.join("×")} ${filter.join("×")}`, ...notes, hasBias && "bias", activation]
      .filter(Boolean)
      .join(" "),
    inputs: [
      { shape: image },
      { shape: [filterHeight, filterWidth, channels / groups, filters] },
      ...(hasBias ? [{ shape: [filters] }] : []),
    ],
    run: (x, weights, bias) => conv2d(x, weights, bias ? { ...options, bias } : options),
    reference: (x, weights, bias) => conv2dReference(x, weights, bias, options),
    referenceGradient: ([dy], x, weights, bias) => conv2dGradientReference(dy, x, weights, bias, options),
    tolerance: summation(longest),
  };
}

/**
 * Winograd's F(4×4, 3×3) sums products that are larger than the result, so their roundings count for more: by
 * √(Σ_p (A_ip)² · ‖row p of Bᵀ‖² · ‖row p of G‖²) along each axis, where the plain way has √3. With its matrices the
 * squares are 7.1 times as large for the first and the last of a tile's four, so the factor is √7.1 on each axis.
 */
export function winograd(opCase: OpCase): OpCase {
  const { forward, gradient } = opCase.tolerance!;
  const reason = "transformed values are sums of differences, whose roundings count up to 7.1 times";
  return { ...opCase, tolerance: { forward: 7.1 * forward, gradient: 7.1 * gradient, reason } };
}

function withoutInputGradient(opCase: OpCase): OpCase {
  const [x, ...others] = opCase.inputs;
  return {
    ...opCase,
    name: `${opCase.name}, x constant`,
    inputs: [{ ...x!, gradient: false }, ...others],
  };
}

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Conv2dReferenceOptions, conv2dGradientReference, conv2dReference } from "./conv2d/conv2d.reference.ts";
import {
  type Conv2dTransposeReferenceOptions,
  conv2dTransposeGradientReference,
  conv2dTransposeReference,
} from "./conv2d-transpose/conv2d-transpose.reference.ts";
import {
  depthwiseConv2dGradientReference,
  depthwiseConv2dReference,
} from "./depthwise-conv2d/depthwise-conv2d.reference.ts";
import { checkGolden, type Golden, type Oracle } from "./goldens.ts";
import {
  type UpsampleReferenceOptions,
  upsample2dGradientReference,
  upsample2dReference,
} from "./upsample2d/upsample2d.reference.ts";

const path = new URL("../../goldens/ops-conv.json", import.meta.url);
const goldens = JSON.parse(readFileSync(path, "utf8")) as Record<string, Golden>;

const onePixel = [
  [1, 1],
  [1, 1],
] as const;

const oracles: Record<string, Oracle> = {
  conv2dGrouped: convolution({ groups: 2, stride: 2, padding: onePixel }),
  conv2dDilated: convolution({ dilation: [2, 3], stride: [1, 2] }),
  conv2dDilatedSame: convolution({ dilation: [3, 2], padding: "same" }),
  depthwiseConv2d: depthwise({ stride: [2, 1], padding: onePixel }),
  conv2dTranspose: transposed({ stride: [2, 2], before: [1, 1], outputSize: [6, 4] }),
  conv2dTransposeGrouped: transposed({
    ...{ stride: [3, 2], dilation: [2, 3], groups: 2 },
    ...{ before: [0, 0], outputSize: [9, 13] },
  }),
  upsampleNearest: resampling({ size: [7, 6], interpolation: "nearest", alignCorners: false }),
  upsampleBilinear: resampling({ size: [7, 6], interpolation: "bilinear", alignCorners: false }),
  upsampleCorners: resampling({ size: [7, 6], interpolation: "bilinear", alignCorners: true }),
  downsampleBilinear: resampling({ size: [3, 4], interpolation: "bilinear", alignCorners: false }),
};

describe("oracles agree with PyTorch", () => {
  it.each(Object.entries(oracles))("%s", (name, oracle) => checkGolden(name, goldens[name]!, oracle));

  it("all of them", () => {
    expect(Object.keys(goldens)).toEqual(["provenance", ...Object.keys(oracles)]);
  });
});

function convolution(options: Conv2dReferenceOptions): Oracle {
  return ([x, filter, bias], dy) => ({
    output: conv2dReference(x!, filter!, bias, options),
    gradients: conv2dGradientReference(dy, x!, filter!, bias, options),
  });
}

function depthwise(options: Conv2dReferenceOptions): Oracle {
  return ([x, filter, bias], dy) => ({
    output: depthwiseConv2dReference(x!, filter!, bias, options),
    gradients: depthwiseConv2dGradientReference(dy, x!, filter!, bias, options),
  });
}

function transposed(options: Conv2dTransposeReferenceOptions): Oracle {
  return ([x, filter, bias], dy) => ({
    output: conv2dTransposeReference(x!, filter!, bias, options),
    gradients: conv2dTransposeGradientReference(dy, x!, filter!, bias, options),
  });
}

function resampling(options: UpsampleReferenceOptions): Oracle {
  return ([x], dy) => ({
    output: upsample2dReference(x!, options),
    gradients: [upsample2dGradientReference(dy, x!, options)],
  });
}

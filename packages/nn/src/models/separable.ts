import { SeparableConv2D } from "../layers/separable-conv2d.ts";
import type { Sequential } from "../layers/sequential.ts";
import { type DropBlockOptions, dropBlockNetwork } from "./drop-block-network.ts";

/**
 * The network of `cnnDropBlock` with separable convolutions, and DropBlock of single pixels that keeps 0.85: 8,793,263 parameters,
 * moving statistics included.
 *
 * Source: O. Mohamed, "Object Classification on CIFAR-100", part 4.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1
 */
export function separable({ keepProbability = 0.85, blockSize = 1, ...options }: DropBlockOptions): Sequential {
  return dropBlockNetwork(
    "separable",
    { ...options, keepProbability, blockSize },
    ({ inputs, filters, kernelSize }, random) => [
      new SeparableConv2D({ inputs, filters, kernelSize, padding: "same", bias: false }, random),
    ],
  );
}

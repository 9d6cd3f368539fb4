import { Conv2D } from "../layers/conv2d.ts";
import type { Sequential } from "../layers/sequential.ts";
import { type DropBlockOptions, dropBlockNetwork } from "./drop-block-network.ts";

/**
 * Four blocks of batch normalisation, convolution (7×7, 5×5, 3×3, 3×3; 64 to 512 filters), 2×2 max-pooling, batch
 * normalisation, ReLU and DropBlock; then dense layers of 2048, 2048 and the classes, each with batch normalisation, the
 * hidden ones with ReLU and dropout. No biases. For 32×32×3 images and 100 classes it has 10,304,604 parameters, moving
 * statistics included.
 *
 * Source: O. Mohamed, "Object Classification on CIFAR-100", part 2, with the DropBlock of its part 3, which keeps all to
 * begin with (`keepProbability` 1, for a schedule to lower) in blocks of 5.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1
 */
export function cnnDropBlock({ keepProbability = 1, blockSize = 5, ...options }: DropBlockOptions): Sequential {
  return dropBlockNetwork(
    "cnnDropBlock",
    { ...options, keepProbability, blockSize },
    ({ inputs, filters, kernelSize }, random) => [
      new Conv2D({ inputs, filters, kernelSize, padding: "same", bias: false }, random),
    ],
  );
}

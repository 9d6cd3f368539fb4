import type { Sequential } from "../layers/sequential.ts";
import { eluPaperNetwork, type Run } from "./elu-paper-network.ts";
import type { ModelOptions } from "./model-options.ts";

const stacks: readonly (readonly Run[])[] = [
  [[1, 384, 3]],
  [
    [1, 384, 1],
    [1, 384, 2],
    [2, 640, 2],
  ],
  [
    [1, 640, 1],
    [3, 768, 2],
  ],
  [
    [1, 768, 1],
    [2, 896, 2],
  ],
  [
    [1, 896, 3],
    [2, 1024, 2],
  ],
  [
    [1, 1024, 1],
    [1, 1152, 2],
  ],
  [[1, 1152, 1]],
];

/**
 * The network of eighteen convolutions of Clevert, Unterthiner and Hochreiter (2016): an ELU after each, 2×2 max-pooling
 * with `same` padding after each stack, and 1×1 convolutions to the classes in place of a dense layer. Dropout stands
 * behind every convolution, so that schedules can set it; the last of each stack begins with 0, 0.1, 0.2, 0.3, 0.4, 0.5
 * and 0, the others with 0. For 32×32×3 images and 100 classes it has 39,330,404 parameters. Padding and cropping of
 * images is the data's part.
 *
 * Kernels start He normal. The paper's weight decay of 5e-4 is the optimizer's.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1
 */
export function elu18Paper(options: ModelOptions): Sequential {
  return eluPaperNetwork("elu18Paper", stacks, options);
}

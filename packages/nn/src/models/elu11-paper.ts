import type { Sequential } from "../layers/sequential.ts";
import { eluPaperNetwork, type Run } from "./elu-paper-network.ts";
import type { ModelOptions } from "./model-options.ts";

const stacks: readonly (readonly Run[])[] = [
  [[1, 192, 5]],
  [
    [1, 192, 1],
    [1, 240, 3],
  ],
  [
    [1, 240, 1],
    [1, 260, 2],
  ],
  [
    [1, 260, 1],
    [1, 280, 2],
  ],
  [
    [1, 280, 1],
    [1, 300, 2],
  ],
  [[1, 300, 1]],
];

/**
 * The network of eleven convolutions of Clevert, Unterthiner and Hochreiter (2016), built as `elu18Paper` is, with the
 * first six of its rates of dropout.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1
 */
export function elu11Paper(options: ModelOptions): Sequential {
  return eluPaperNetwork("elu11Paper", stacks, options);
}

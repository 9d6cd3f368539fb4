/** @file Networks whose training steps are timed. */
import { cnn, elu18, type Module, resnet9, resnet18 } from "@tessera/nn";
import { add, crossEntropy, type Tensor, tensor } from "@tessera/tensor";
import type { Workload } from "./workload.ts";

export const classes = 100;

/** Makes a network for images of 32×32×3, with the same weights each time; without dropout, nothing is ever dropped. */
type Maker = (dropout: boolean) => Module;

/** By the name that `--networks` takes. */
export const networks: Readonly<Record<string, Maker>> = {
  cnn: (dropout) => cnn({ classes, ...(dropout ? {} : { dropout: [0, 0, 0, 0] }) }),
  elu18: (dropout) => elu18({ classes, ...(dropout ? {} : { dropout: 0 }) }),
  resnet18: () => resnet18({ classes }),
  resnet9: () => resnet9({ classes }),
};

/** Cross-entropy of a batch and the penalties of the weights: what `fit` minimises. */
export function lossOf(model: Module, { images, labels, shape }: Workload): Tensor {
  const loss = crossEntropy(model.forward(tensor(images, shape)), tensor(labels));
  const penalty = model.penalty();
  return penalty ? add(loss, penalty) : loss;
}

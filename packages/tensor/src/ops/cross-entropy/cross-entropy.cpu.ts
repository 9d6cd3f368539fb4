/** @file Launches crossEntropy and its gradient on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import { reduceCpu } from "../reduce/reduce.cpu.ts";
import type { CrossEntropyAttributes } from "./cross-entropy.ts";

export const crossEntropyCpu: CpuLaunch<CrossEntropyAttributes> = (device, [logits, labels], outputs) => {
  const [loss, probabilities, losses] = outputs;
  const rows = sizeOf(labels!.shape);
  const classes = logits!.shape.at(-1)!;
  const addresses = [logits!, labels!, probabilities!, losses!].map(({ block }) => block.address);
  device.run("crossEntropyRows", [...addresses, rows, classes]);
  reduceCpu(device, "mean", { ...losses!, shape: [rows] }, loss!.block, [0]);
};

export const crossEntropyGradientCpu: CpuLaunch<CrossEntropyAttributes> = (device, inputs, [dlogits]) => {
  const [dloss, probabilities, labels] = inputs;
  const rows = sizeOf(labels!.shape);
  const classes = probabilities!.shape.at(-1)!;
  const addresses = [dloss!, probabilities!, labels!, dlogits!].map(({ block }) => block.address);
  device.run("crossEntropyGradient", [...addresses, rows, classes]);
};

/** @file Launches the losses of rows and their gradient on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import type { RowLossesAttributes } from "./row-losses.ts";

export const rowLossesCpu: CpuLaunch<RowLossesAttributes> = (device, [logits, labels, weight], outputs, attributes) => {
  const [losses, counts, logProbabilities, masses] = outputs.map(({ block }) => block.address) as Four;
  const { rows, classes } = sizes(logits!.shape);
  device.run("softmaxRows", [logits!.block.address, logProbabilities, rows, classes, 0, 1]);
  const targets = [logProbabilities, labels!.block.address, weight?.block.address ?? 0];
  device.run("crossEntropyLosses", [...targets, losses, counts, masses, rows, classes, ...options(attributes)]);
};

export const rowLossesGradientCpu: CpuLaunch<RowLossesAttributes> = (device, inputs, [dlogits], attributes) => {
  const [dlosses, logProbabilities, masses, labels, weight] = inputs;
  const { rows, classes } = sizes(logProbabilities!.shape);
  const addresses = [dlosses!, logProbabilities!, masses!, labels!].map(({ block }) => block.address);
  const launch = [...addresses, weight?.block.address ?? 0, dlogits!.block.address, rows, classes];
  device.run("crossEntropyLossesGradient", [...launch, ...options(attributes)]);
};

type Four = [number, number, number, number];

function options({ soft, smoothing, ignoreIndex }: RowLossesAttributes): number[] {
  return [Number(soft), smoothing, ignoreIndex === null ? 0 : 1, ignoreIndex ?? 0];
}

function sizes(shape: readonly number[]): { rows: number; classes: number } {
  return { rows: sizeOf(shape.slice(0, -1)), classes: shape.at(-1)! };
}

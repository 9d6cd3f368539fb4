/** @file Launches transposes on the cpu. */
import { sizeOf, stridesOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import { transposeLayout } from "./layout.ts";
import type { TransposeAttributes } from "./transpose.ts";

/** Rows are copied where x's innermost axis stays innermost; else it is swapped with the result's, in tiles. */
export const transposeCpu: CpuLaunch<TransposeAttributes> = (device, [x], [out], { permutation }) => {
  const { sizes, strides } = transposeLayout(x!.shape, permutation);
  const [from, to] = [x!.block.address, out!.block.address];
  const swapped = strides.indexOf(1);
  if (swapped < 0 || swapped === 5) {
    const layout = device.constant(Int32Array.from([...sizes, ...strides]));
    device.run("transposeRows", [from, to, sizeOf(out!.shape), layout]);
    return;
  }
  const others = [0, 1, 2, 3, 4].filter((axis) => axis !== swapped);
  const targets = stridesOf(sizes);
  const pick = (values: readonly number[]) => others.map((axis) => values[axis]!);
  const matrix = [sizes[5]!, sizes[swapped]!, strides[5]!, targets[swapped]!];
  const words = [...matrix, ...pick(sizes), ...pick(strides), ...pick(targets)];
  device.run("transposeTiles", [from, to, device.constant(Int32Array.from(words))]);
};

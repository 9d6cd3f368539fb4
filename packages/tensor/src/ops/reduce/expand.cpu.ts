/** @file Launches the way back from a reduction on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import type { ExpandAttributes, ExpandKind } from "./expand.ts";
import { expandLayout } from "./layout.ts";

const kernels = {
  divide: "expandDivide",
  ties: "expandTies",
  share: "expandShare",
} as const satisfies Record<ExpandKind, string>;

export function expandCpu(name: string, kind: ExpandKind): CpuLaunch<ExpandAttributes> {
  return (device, [p, x = p, q = p], [out], { shape, axes, divisor }) => {
    const { sizes, strides } = expandLayout(name, shape, axes);
    const layout = device.constant(Int32Array.from([...sizes, ...strides]));
    const addresses = [p!, x!, q!, out!].map(({ block }) => block.address);
    device.run(kernels[kind], [...addresses, divisor, sizeOf(shape), layout]);
  };
}

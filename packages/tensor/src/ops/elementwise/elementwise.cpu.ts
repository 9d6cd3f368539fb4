/** @file Launches an elementwise kernel by its exported name. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import type { ElementwiseAttributes } from "./elementwise.webgpu.ts";
import { broadcastLayout } from "./layout.ts";

/**
 * @param kernel exported name; called with the addresses of three operands (an absent one repeats the first) and of
 *   the output, `alpha`, the size, and the address of a layout: six sizes, then six strides of each operand
 */
export function elementwiseCpu(name: string, kernel: string): CpuLaunch<ElementwiseAttributes> {
  return (device, inputs, [output], { alpha }) => {
    const [a, b = a, c = a] = inputs;
    const shapes = [a!, b!, c!].map(({ shape }) => shape);
    const { sizes, strides, contiguous } = broadcastLayout(name, shapes, output!.shape);
    // Address 0 stands for the output's own layout, by far the most frequent case.
    const layout = contiguous ? 0 : device.constant(Int32Array.from([...sizes, ...strides.flat()]));
    const addresses = [a!, b!, c!, output!].map(({ block }) => block.address);
    device.run(kernel, [...addresses, alpha, sizeOf(output!.shape), layout]);
  };
}

/** @file How a filter gradient's sum over the batch is cut into parts on the cpu device. */
import type { CpuDevice } from "../../devices/cpu/cpu-device.ts";

/** Bytes that the parts may take. */
const byteLimit = 16 * 2 ** 20;

/** Blocks that are wanted for the threads to share, however many they are: bits must not depend on that. */
const blocksWanted = 32;

/**
 * Most parts worth making.
 *
 * @param blocks into which each part is cut anyway
 * @param size elements of the gradient
 */
export function mostParts(blocks: number, size: number): number {
  return Math.max(1, Math.min(Math.ceil(blocksWanted / blocks), Math.floor(byteLimit / (size * 4))));
}

/** Lets `multiply` fill the parts at an address, one after the other, and adds them, in order, into the gradient. */
export function addParts(
  device: CpuDevice,
  { parts, size, gradient }: { readonly parts: number; readonly size: number; readonly gradient: number },
  multiply: (target: number) => void,
): void {
  if (parts === 1) {
    multiply(gradient);
    return;
  }
  device.scratch(parts * size * 4, (sums) => {
    multiply(sums);
    device.run("conv2dFilterGradientSum", [sums, gradient, parts, size]);
  });
}

/**
 * @file Planes: the outputs of a depthwise convolution with multiplier M as M images, [M, …, channels] in place of
 * […, channels, M], so that kernels find channels side by side. With a multiplier of 1 the two are the same memory.
 */
import { sizeOf } from "../../shape.ts";
import type { Argument } from "../op.ts";
import type { TransposeAttributes } from "../transpose/transpose.ts";

interface Memory<Block> {
  allocate(byteLength: number, purpose: string): Block;
  free(block: Block): void;
}

type Transpose<Device, Block> = (
  device: Device,
  inputs: readonly Argument<Block>[],
  outputs: readonly Argument<Block>[],
  attributes: TransposeAttributes,
) => void;

/** How a device's launches see tensors as planes: `read` for what they read, `write` for what they fill. */
export function planesBy<Device extends Memory<Block>, Block>(transpose: Transpose<Device, Block>) {
  /** Lends memory for planes to `body`. */
  const lend = (device: Device, { shape }: Argument<Block>, body: (block: Block) => void): void => {
    const block = device.allocate(sizeOf(shape) * 4, "planes");
    try {
      body(block);
    } finally {
      device.free(block);
    }
  };
  const move = (device: Device, source: Block, target: Block, shape: readonly [number, number]): void => {
    const [rows, columns] = shape;
    const input = { shape, dtype: "float32", block: source } as const;
    const output = { shape: [columns, rows], dtype: "float32", block: target } as const;
    transpose(device, [input], [output], { permutation: [1, 0] });
  };
  return {
    read(device: Device, tensor: Argument<Block>, planes: number, body: (block: Block) => void): void {
      if (planes === 1) body(tensor.block);
      else
        lend(device, tensor, (block) => {
          move(device, tensor.block, block, [sizeOf(tensor.shape) / planes, planes]);
          body(block);
        });
    },
    write(device: Device, tensor: Argument<Block>, planes: number, body: (block: Block) => void): void {
      if (planes === 1) body(tensor.block);
      else
        lend(device, tensor, (block) => {
          body(block);
          move(device, block, tensor.block, [planes, sizeOf(tensor.shape) / planes]);
        });
    },
  };
}

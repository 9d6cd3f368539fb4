/** @file Every kernel that is timed, at the shapes of the networks. */
import { adamKernel } from "./adam.ts";
import { batchNormKernels } from "./batch-norm.ts";
import { type Convolution, convolutionKernels } from "./convolutions.ts";
import { crossEntropyKernel } from "./cross-entropy.ts";
import type { Kernel } from "./kernel.ts";
import { matmulKernel } from "./matmul.ts";
import { maxPoolKernels } from "./max-pool.ts";

type Row = readonly [size: number, channels: number, filters: number, kernel: number, stride?: number];

/** Convolutions of the networks as `models/` has them, each shape once. */
const convolutions: Readonly<Record<string, readonly Row[]>> = {
  cnn: [
    [32, 3, 32, 3],
    [32, 32, 32, 3],
    [16, 32, 64, 3],
    [16, 64, 64, 3],
    [8, 64, 128, 3],
    [8, 128, 128, 3],
  ],
  resnet18: [
    [32, 64, 64, 3],
    [32, 64, 128, 3, 2],
    [32, 64, 128, 1, 2],
    [16, 128, 128, 3],
    [8, 256, 256, 3],
    [4, 512, 512, 3],
  ],
  resnet9: [
    [32, 3, 64, 3],
    [16, 128, 128, 3],
    [16, 128, 256, 3],
    [8, 256, 512, 3],
  ],
  elu18: [
    [40, 3, 384, 3],
    [20, 384, 384, 1],
    [20, 384, 640, 2],
    [10, 640, 640, 3],
    [10, 768, 768, 2],
    [5, 896, 896, 2],
    [3, 1024, 1024, 2],
    [1, 1152, 1152, 1],
  ],
};

/** Networks that give shapes. */
export const networkNames: readonly string[] = [...Object.keys(convolutions), "alexnet"];

/** The convolutions that are timed, for a batch. AlexNet gives its first alone: the others are of kinds that are there. */
export function listConvolutions(batch: number): Convolution[] {
  const small = Object.entries(convolutions).flatMap(([network, rows]) =>
    rows.map(([size, channels, filters, kernel, stride = 1]) => ({
      ...{ network, batch, size, channels, filters, kernel, stride },
    })),
  );
  const alexnet = { channels: 3, filters: 96, kernel: 11, stride: 4, padding: "valid" } as const;
  return [...small, { network: "alexnet", batch, size: 227, ...alexnet }];
}

/** All kernels for a batch. */
export function listKernels(batch: number): Kernel[] {
  const blocks = [
    [32, 32],
    [16, 64],
    [8, 128],
  ] as const;
  return [
    matmulKernel("square", 512, 512, 512),
    matmulKernel("square", 1024, 1024, 1024),
    matmulKernel("cnn", batch, 2048, 512),
    matmulKernel("cnn", batch, 512, 100),
    ...listConvolutions(batch).flatMap(convolutionKernels),
    ...blocks.flatMap(([size, channels]) => batchNormKernels("cnn", batch, size, channels)),
    ...blocks.flatMap(([size, channels]) => maxPoolKernels("cnn", batch, size, channels)),
    crossEntropyKernel(batch, 100),
    adamKernel("cnn", 1_388_292),
  ];
}

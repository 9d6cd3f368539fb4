/** @file Where a step of the small CNN goes: its ops, each timed by itself. */
import type { Device } from "@tessera/tensor";
import { adamKernel } from "../kernels/adam.ts";
import { batchNormKernels } from "../kernels/batch-norm.ts";
import { type Convolution, convolutionKernels } from "../kernels/convolutions.ts";
import { crossEntropyKernel } from "../kernels/cross-entropy.ts";
import { biasGradientKernel, dropoutKernel, reluGradientKernel } from "../kernels/elementwise.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { listConvolutions } from "../kernels/list.ts";
import { matmulKernel } from "../kernels/matmul.ts";
import { maxPoolKernels } from "../kernels/max-pool.ts";
import { measureKernel, type Timing } from "../kernels/time-kernel.ts";
import type { StepPart } from "../report/record.ts";

type Layer = readonly [name: string, kernels: readonly Kernel[]];

/**
 * Milliseconds of every op of a step, each by itself on operands of its own: in a step, an op finds in the caches what
 * the one before it left.
 *
 * @throws Error if a result is wrong
 */
export async function stepParts(device: Device, batch: number, timing: Timing): Promise<StepPart[]> {
  const parts: StepPart[] = [];
  for (const [layer, kernels] of layersOf(batch)) {
    for (const kernel of kernels) {
      const { milliseconds, gflops, wrong } = await measureKernel(device, kernel, timing);
      if (!milliseconds) throw new Error(`${layer}: ${wrong}`);
      const part = kernel.name.split("/").at(-1)!;
      parts.push({ layer, part, milliseconds: milliseconds.median, gflops, shareOfPeak: null });
    }
  }
  return parts;
}

/** The layers of `cnn` in order, and the kernels of each. */
function layersOf(batch: number): Layer[] {
  const convolutions = listConvolutions(batch).filter(({ network }) => network === "cnn");
  return [
    ...convolutions.flatMap((convolution, i) => blockLayers(convolution, i)),
    [
      "dense 2048 to 512",
      [...denseKernels(batch, 2048, 512), { ...reluGradientKernel("cnn", [batch, 512]), name: "dReLU" }],
    ],
    ["dropout of 512", dropoutTwice([batch, 512], 0.5)],
    ["dense 512 to 100", denseKernels(batch, 512, 100)],
    ["loss", [{ ...crossEntropyKernel(batch, 100), name: "forward and gradient" }]],
    ["Adam", [{ ...adamKernel("cnn", 1_388_292), name: "update" }]],
  ];
}

/** A convolution with its ReLU, the normalisation, and, behind every second one, pooling and dropout. */
function blockLayers(convolution: Convolution, index: number): Layer[] {
  const { batch, size, channels, filters } = convolution;
  const output = [batch, size, size, filters];
  const at = `at ${size}×${size}`;
  const behind = [{ ...reluGradientKernel("cnn", output), name: "dReLU" }, biasGradientKernel("cnn", output)];
  const layers: Layer[] = [
    [`conv ${channels} to ${filters} ${at}`, [...convolutionKernels(convolution), ...behind]],
    [`BatchNorm of ${filters} ${at}`, batchNormKernels("cnn", batch, size, filters)],
  ];
  if (index % 2 === 0) return layers;
  const half = size / 2;
  return [
    ...layers,
    [`pool of ${filters} ${at}`, maxPoolKernels("cnn", batch, size, filters)],
    [`dropout of ${filters} at ${half}×${half}`, dropoutTwice([batch, half, half, filters], 0.2)],
  ];
}

function denseKernels(batch: number, inputs: number, units: number): Kernel[] {
  return [
    { ...matmulKernel("cnn", batch, inputs, units), name: "forward" },
    { ...matmulKernel("cnn", batch, units, inputs), name: "dX" },
    { ...matmulKernel("cnn", inputs, batch, units), name: "dW" },
    biasGradientKernel("cnn", [batch, units]),
  ];
}

/** Forward and gradient are the same work. */
function dropoutTwice(shape: readonly number[], rate: number): Kernel[] {
  return ["forward", "gradient"].map((name) => ({ ...dropoutKernel("cnn", shape, rate), name }));
}

/** @file Batch normalisation over a batch of which this process holds a part. */
import { noGradient } from "../../autograd.ts";
import { ShapeError } from "../../errors.ts";
import { lendToHost } from "../../host-loan.ts";
import { formatShape, sizeOf } from "../../shape.ts";
import { copyTensor, emptyTensor, sliceStorage, Tensor } from "../../tensor.ts";
import { checkDType, defineOp, defineUpdate } from "../op.ts";
import {
  batchNormGradientSumsCpu,
  batchNormInferenceCpu,
  batchNormInputGradientCpu,
  batchNormStatisticsCpu,
} from "./batch-norm.cpu.ts";
import { type BatchNormAttributes, type BatchNormOptions, type BatchNormResult, checkInputs } from "./batch-norm.ts";
import {
  batchNormGradientSumsWebgpu,
  batchNormInferenceWebgpu,
  batchNormInputGradientWebgpu,
  batchNormStatisticsWebgpu,
} from "./batch-norm.webgpu.ts";

/** How the processes that hold the parts of a batch come to the statistics of all of it. Every one makes the same calls. */
export interface BatchNormExchange {
  /** Examples of the whole batch. */
  readonly examples: number;
  /** Replaces mean and biased variance of this part, one a channel, by those of the whole batch. */
  statistics(mean: Float32Array, variance: Float32Array): Promise<void>;
  /** Replaces two sums a channel over this part by those over the whole batch. */
  sums(first: Float32Array, second: Float32Array): Promise<void>;
}

/** Options of {@link synchronisedBatchNorm}. */
export interface SynchronisedBatchNormOptions extends BatchNormOptions {
  readonly exchange: BatchNormExchange;
}

/** What the gradient of x needs to know. */
export interface InputGradientAttributes {
  /** Of the whole batch. */
  readonly rows: number;
}

interface Attributes extends BatchNormAttributes {
  readonly exchange: BatchNormExchange;
}

/** Rows of the packed statistics begin where kernels may bind them: at multiples of 256 bytes. */
const rowAlignment = 64;

/** mean and variance of x, from [x, scale, offset], of which the last two are only there for the kernel. */
const takeStatistics = defineUpdate<object>({
  name: "batchNormStatistics",
  check: (_, [x]) => {
    checkDType("synchronisedBatchNorm", "x", x!, "float32");
    if (sizeOf(x!.shape) > 0) return;
    throw new ShapeError(`synchronisedBatchNorm: x has no values to take statistics of: ${formatShape(x!.shape)}`);
  },
  webgpu: batchNormStatisticsWebgpu,
  cpu: batchNormStatisticsCpu,
});

/** dscale and doffset of this part, from [dy, x, scale, saved]. */
const takeGradientSums = defineUpdate<object>({
  name: "batchNormGradientSums",
  check: () => undefined,
  webgpu: batchNormGradientSumsWebgpu,
  cpu: batchNormGradientSumsCpu,
});

/** dx from [dy, x, scale, saved, dscale, doffset], the last two of the whole batch. */
const inputGradient = defineOp<InputGradientAttributes>({
  name: "batchNormInputGradient",
  shape: ([, x]) => [x!],
  gradient: "none",
  webgpu: batchNormInputGradientWebgpu,
  cpu: batchNormInputGradientCpu,
});

/** [y] and `saved`, from [x, scale, offset, mean, variance]. */
const normalize = defineOp<Attributes>({
  name: "synchronisedBatchNorm",
  shape: (inputs, attributes) => {
    const [x, channels] = checkInputs("synchronisedBatchNorm", inputs, attributes);
    return [x, { shape: [2, ...channels.shape], dtype: "float32" }];
  },
  gradient: ({ inputs: [x, scale], outputs: [, saved], needs, attributes }, [dy]) => [
    ...inputGradients([dy!, x!, scale!, saved!], attributes.exchange, needs),
    null,
    null,
  ],
  visible: 1,
  webgpu: batchNormInferenceWebgpu,
  cpu: batchNormInferenceCpu,
});

/**
 * `batchNorm` with mean and variance of a batch that several processes hold parts of: forward they exchange these, and
 * backward the sums that dx depends on, so that each sees what one process with the whole batch would. Gradients of scale
 * and offset are this part's, to be added up with the others'.
 *
 * @param x float32 [examples, ..., channels]
 * @returns y of x, with mean and variance of the whole batch, float32 [channels]
 * @throws ShapeError if scale or offset are not [channels], or x has no values
 * @throws ArgumentError if epsilon is negative
 * @throws DTypeError if an operand is not float32
 * @throws DeviceError on the cpu device without shared memory
 */
export function synchronisedBatchNorm(x: Tensor, options: SynchronisedBatchNormOptions): BatchNormResult {
  const { scale, offset, epsilon = 1e-3, exchange } = options;
  checkInputs("synchronisedBatchNorm", [x, scale, offset], { epsilon });
  const channels = x.shape.at(-1)!;
  const { tensor, rows, exchanged } = packedRows(x, channels);
  const [mean, variance] = rows;
  noGradient(() => takeStatistics(rows, [x, scale, offset], {}));
  exchanged((first, second) => exchange.statistics(first, second));
  const [y] = normalize([x, scale, offset, mean, variance], { epsilon, exchange }) as [Tensor];
  mean.own([tensor]);
  return { y, mean, variance };
}

/** Gradients of x, scale and offset. */
function inputGradients(
  inputs: readonly [dy: Tensor, x: Tensor, scale: Tensor, saved: Tensor],
  exchange: BatchNormExchange,
  needs: readonly boolean[],
): (Tensor | null)[] {
  const [, x] = inputs;
  const channels = x.shape.at(-1)!;
  const { tensor, rows, exchanged } = packedRows(x, channels);
  takeGradientSums(rows, inputs, {});
  const own = rows.map((each, i) => (needs[1 + i] ? copyOf(each) : null));
  let dx: Tensor | null = null;
  if (needs[0]) {
    exchanged((dscale, doffset) => exchange.sums(dscale, doffset));
    const rowsOfAll = exchange.examples * sizeOf(x.shape.slice(1, -1));
    dx = inputGradient([...inputs, ...rows], { rows: rowsOfAll })[0]!;
  }
  for (const each of [...rows, tensor]) each.dispose();
  return [dx, ...own];
}

/** Two values a channel side by side, which the host can be lent at once. The rows are views of the tensor. */
function packedRows({ device, origin }: Tensor, channels: number) {
  const stride = Math.ceil(channels / rowAlignment) * rowAlignment;
  const tensor = emptyTensor(device, { shape: [2 * stride], dtype: "float32" }, origin);
  const row = (i: number) =>
    new Tensor(
      { shape: [channels], dtype: "float32" },
      sliceStorage(tensor.storage, i * stride * 4, channels * 4),
      origin,
    );
  const exchanged = (use: (first: Float32Array, second: Float32Array) => Promise<void>) =>
    lendToHost(tensor, (values) =>
      use(values.subarray(0, channels), values.subarray(stride, stride + channels)),
    ).returned();
  return { tensor, rows: [row(0), row(1)] as const, exchanged };
}

function copyOf(x: Tensor): Tensor {
  const copy = emptyTensor(x.device, x, x.origin);
  copyTensor(x, copy);
  return copy;
}

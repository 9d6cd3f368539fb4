/** @file DropBlock: dropout of squares of neighbouring pixels. */
import type { Device } from "../../devices/device.ts";
import { stepSlot } from "../../devices/step-words.ts";
import { ArgumentError, DeviceError, ShapeError } from "../../errors.ts";
import { philoxKey, type RandomKey } from "../../random.ts";
import { scope } from "../../scope.ts";
import { formatShape, type TensorSpec } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp, type Op } from "../op.ts";
import { StepSlots } from "../step-slots.ts";
import { dropBlockApplyCpu, dropBlockMaskCpu } from "./drop-block.cpu.ts";
import { dropBlockApplyWebgpu, dropBlockMaskWebgpu } from "./drop-block.webgpu.ts";

/** What drawing a mask needs to know. */
export interface DropBlockAttributes {
  readonly blockSize: number;
  /** Philox's key words. */
  readonly key: readonly [number, number];
  readonly stream: number;
  /** Counter and least bits of what begins no block; with `fromStep`, the step words that hold them. */
  readonly draw: { readonly fromStep: boolean; readonly counter: number; readonly threshold: number };
}

/** Options of {@link dropBlock}. */
export interface DropBlockOptions {
  /** Share of the values that is kept, about: above 0, at most 1. */
  readonly keepProbability: number;
  /** Height and width of a block, in pixels. */
  readonly blockSize: number;
  /** Names the mask: the same key and shape give the same mask. */
  readonly key: RandomKey;
}

/** Options of {@link dropBlockFromStep}. */
export interface DropBlockFromStepOptions {
  /** As in a {@link RandomKey}; its counter is the number of the training step. */
  readonly seed: number;
  readonly stream: number;
  /** Height and width of a block, in pixels. */
  readonly blockSize: number;
  /** The probability. */
  readonly words: DropBlockWords;
}

/** Outputs are the mask, 1 where a value is kept, and the factor of what is kept. */
const drawMask = defineOp<DropBlockAttributes>({
  name: "dropBlock",
  shape: ([x]) => [
    { shape: x!.shape, dtype: "uint8" },
    { shape: [], dtype: "float32" },
  ],
  gradient: "none",
  webgpu: dropBlockMaskWebgpu,
  cpu: dropBlockMaskCpu,
});

/** Linear in x, so its gradient is itself applied to dy, with the same mask. */
const applyMask: Op<Record<never, never>> = defineOp<Record<never, never>>({
  name: "dropBlock",
  shape: ([x]) => [{ shape: x!.shape, dtype: "float32" }],
  gradient: ({ inputs: [, mask, scale] }, [dy]) => [applyMask([dy!, mask!, scale!], {})[0]!, null, null],
  webgpu: dropBlockApplyWebgpu,
  cpu: dropBlockApplyCpu,
});

/** The share of values to keep, for launches that read from the device's step words: it may change between steps. */
export class DropBlockWords extends StepSlots<"threshold"> {
  #keepProbability: number;
  #written = Number.NaN;

  /** Takes a word. Throws {@link ArgumentError} if the probability is out of range. */
  constructor(device: Device, keepProbability: number) {
    checkProbability(keepProbability);
    super(device, ["threshold"]);
    this.#keepProbability = keepProbability;
  }

  /** Sets the probability, above 0 and at most 1, for what is called from now on. */
  setKeepProbability(keepProbability: number): void {
    checkProbability(keepProbability);
    this.#keepProbability = keepProbability;
  }

  /** Writes the word for images of this shape: it depends on how many blocks there are room for. */
  writeFor(shape: TensorSpec["shape"], blockSize: number): void {
    const threshold = seedThreshold(shape, blockSize, this.#keepProbability);
    if (threshold === this.#written) return;
    this.#written = threshold;
    this.setInteger("threshold", threshold);
  }
}

/**
 * DropBlock (Ghiasi, Lin and Le, "DropBlock: a regularization method for convolutional networks", 2018): sets blocks of
 * b×b pixels to 0, drawn for each image and channel, and scales the others: `y = x · mask · size / Σ mask`, over all
 * elements of the mask.
 *
 * A block begins, at its top left, where `bits(i) < ⌊γ · 2³²⌋` and it lies within the image as a whole, with
 * `γ = (1 − keepProbability) · w h / (b² (w − b + 1) (h − b + 1))`. `bits` are the key's Philox words for every element
 * of x, as `randomBits` gives them, so the mask is the same on every device; with b = 1 it is dropout's. Σ mask counts
 * integers. The mask, a byte an element, is kept for the gradient. Where nothing is kept, y is 0.
 *
 * @param x float32 [batch, height, width, channels]
 * @returns float32, the shape of x
 * @throws ArgumentError if the probability, the block's size or the key is out of range
 * @throws ShapeError if x does not have four axes, or a block does not fit into an image
 * @throws DTypeError if x is not float32
 */
export function dropBlock(x: Tensor, { keepProbability, blockSize, key }: DropBlockOptions): Tensor {
  checkProbability(keepProbability);
  checkImages(x, blockSize);
  const { stream, counter = 0 } = key;
  const draw = { fromStep: false, counter, threshold: seedThreshold(x.shape, blockSize, keepProbability) };
  return run(x, { blockSize, key: philoxKey(key), stream, draw });
}

/**
 * {@link dropBlock} with the probability of `words` and the number of the training step as the key's counter. Both are
 * read on the device, so that every step launches the same.
 *
 * @param x float32 [batch, height, width, channels]
 * @returns float32, the shape of x
 * @throws ArgumentError if the block's size, seed or stream are out of range
 * @throws ShapeError if x does not have four axes, or a block does not fit into an image
 * @throws DTypeError if x is not float32
 * @throws DeviceError if x and words are not on one device
 */
export function dropBlockFromStep(x: Tensor, { seed, stream, blockSize, words }: DropBlockFromStepOptions): Tensor {
  if (words.device !== x.device) throw new DeviceError("dropBlockFromStep: the words are on another device");
  checkImages(x, blockSize);
  const key = philoxKey({ seed, stream });
  words.writeFor(x.shape, blockSize);
  const draw = { fromStep: true, counter: stepSlot, threshold: words.slots.threshold };
  return run(x, { blockSize, key, stream, draw });
}

function run(x: Tensor, attributes: DropBlockAttributes): Tensor {
  return scope(() => {
    const [mask, scale] = drawMask([x], attributes);
    const y = applyMask([x, mask!, scale!], {})[0]!;
    if (y.node) y.own([mask!, scale!]);
    return y;
  });
}

function seedThreshold([, height, width]: TensorSpec["shape"], blockSize: number, keepProbability: number): number {
  const [h, w] = [height!, width!];
  const places = (w - blockSize + 1) * (h - blockSize + 1);
  const gamma = ((1 - keepProbability) * w * h) / (blockSize * blockSize * places);
  return Math.min(2 ** 32 - 1, Math.floor(gamma * 2 ** 32));
}

function checkProbability(value: number): void {
  if (value > 0 && value <= 1) return;
  throw new ArgumentError(`dropBlock: keepProbability must be greater than 0 and at most 1, got ${value}`);
}

function checkImages(x: TensorSpec, blockSize: number): void {
  checkDType("dropBlock", "x", x, "float32");
  if (!Number.isInteger(blockSize) || blockSize < 1) {
    throw new ArgumentError(`dropBlock: blockSize must be a whole number of at least 1, got ${blockSize}`);
  }
  const [, height, width] = x.shape;
  if (x.shape.length !== 4) {
    throw new ShapeError(`dropBlock: x must be [batch, height, width, channels], got ${formatShape(x.shape)}`);
  }
  if (blockSize > height! || blockSize > width!) {
    throw new ShapeError(`dropBlock: a block of ${blockSize} does not fit into images of ${height} by ${width} pixels`);
  }
}

/** @file Dropout with masks that are drawn anew, not stored. */
import type { Device } from "../../devices/device.ts";
import { stepSlot } from "../../devices/step-words.ts";
import { ArgumentError, DeviceError } from "../../errors.ts";
import { philoxKey, type RandomKey } from "../../random.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp, type Op } from "../op.ts";
import { StepSlots } from "../step-slots.ts";
import { dropoutCpu } from "./dropout.cpu.ts";
import { dropoutWebgpu } from "./dropout.webgpu.ts";

/** What a dropout's launch needs to know. */
export interface DropoutAttributes {
  /** Philox's key words. */
  readonly key: readonly [number, number];
  readonly stream: number;
  /** Counter, least bits of what is kept, and its factor; with `fromStep`, the step words that hold them. */
  readonly draw: {
    readonly fromStep: boolean;
    readonly counter: number;
    readonly threshold: number;
    readonly scale: number;
  };
}

/** Options of {@link dropout}. */
export interface DropoutOptions {
  /** Share of the elements that become 0: in [0, 1). */
  readonly rate: number;
  /** Names the mask: the same key and size give the same mask. */
  readonly key: RandomKey;
}

/** Options of {@link dropoutFromStep}. */
export interface DropoutFromStepOptions {
  /** As in a {@link RandomKey}; its counter is the number of the training step. */
  readonly seed: number;
  readonly stream: number;
  /** The rate. */
  readonly words: DropoutWords;
}

/** Linear in x, so its gradient is itself applied to dy, with the same mask. */
const operation: Op<DropoutAttributes> = defineOp<DropoutAttributes>({
  name: "dropout",
  shape: ([x]) => {
    checkDType("dropout", "x", x!, "float32");
    return [{ shape: x!.shape, dtype: "float32" }];
  },
  gradient: ({ attributes }, [dy]) => operation([dy!], attributes),
  webgpu: dropoutWebgpu,
  cpu: dropoutCpu,
});

/** A dropout rate in the device's step words: it may change from step to step while the launches stay the same. */
export class DropoutWords extends StepSlots<"threshold" | "scale"> {
  /** Takes words for the threshold, an integer, and the scale. Throws {@link ArgumentError} if the rate is out of range. */
  constructor(device: Device, rate: number) {
    keptWords(rate);
    super(device, ["threshold", "scale"]);
    this.setRate(rate);
  }

  /** Sets the rate, in [0, 1), for what is called from now on. Not between a forward pass and its gradient. */
  setRate(rate: number): void {
    const { threshold, scale } = keptWords(rate);
    this.setInteger("threshold", threshold);
    this.setFloats({ scale });
  }
}

/**
 * Dropout: `y[i] = x[i] / (1 − rate)` where `bits(i) ≥ ⌊rate · 2³²⌋`, else 0 (Srivastava et al., "Dropout: a simple way
 * to prevent neural networks from overfitting", 2014, scaled in training so that inference needs nothing). `bits` are
 * the key's Philox words, as `randomBits` gives them: the mask is the same on every device. It is drawn again for the
 * gradient, not kept.
 *
 * @param x float32, any shape
 * @returns float32, the shape of x
 * @throws ArgumentError if the rate or the key is out of range
 * @throws DTypeError if x is not float32
 */
export function dropout(x: Tensor, { rate, key }: DropoutOptions): Tensor {
  const { stream, counter = 0 } = key;
  return operation([x], { key: philoxKey(key), stream, draw: { fromStep: false, counter, ...keptWords(rate) } })[0]!;
}

/**
 * {@link dropout} with the rate of `words` and the number of the training step as the key's counter. Both are read on
 * the device, so that every step launches the same. The gradient reads them again: they may change between steps only.
 *
 * @param x float32, any shape
 * @returns float32, the shape of x
 * @throws ArgumentError if seed or stream are out of range
 * @throws DTypeError if x is not float32
 * @throws DeviceError if x and words are not on one device
 */
export function dropoutFromStep(x: Tensor, { seed, stream, words }: DropoutFromStepOptions): Tensor {
  if (words.device !== x.device) throw new DeviceError("dropoutFromStep: the words are on another device");
  const draw = { fromStep: true, counter: stepSlot, ...words.slots };
  return operation([x], { key: philoxKey({ seed, stream }), stream, draw })[0]!;
}

interface KeptWords {
  readonly threshold: number;
  readonly scale: number;
}

function keptWords(rate: number): KeptWords {
  if (!(rate >= 0 && rate < 1)) throw new ArgumentError(`dropout: rate must be in [0, 1), got ${rate}`);
  return { threshold: Math.floor(rate * 2 ** 32), scale: Math.fround(1 / (1 - rate)) };
}

/** @file Moving averages: batch normalisation's statistics, averaged weights. */
import type { Device } from "../../devices/device.ts";
import { ArgumentError, DeviceError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { checkAlike } from "../check-alike.ts";
import { defineUpdate } from "../op.ts";
import { StepSlots } from "../step-slots.ts";
import { movingAverageCpu } from "./moving-average.cpu.ts";
import { movingAverageWebgpu } from "./moving-average.webgpu.ts";

/** What the launch of a moving average needs to know: the value's share, or with `fromStep` the step word that holds it. */
export interface MovingAverageAttributes {
  readonly fromStep: boolean;
  readonly rest: number;
}

/** The share that a value has in a moving average, in the device's step words: it may change from step to step. */
export class MovingAverageWords extends StepSlots<"rest"> {
  constructor(device: Device) {
    super(device, ["rest"]);
  }

  /** Sets `1 − momentum` for what is called from now on: 0 … 1. Throws {@link ArgumentError} if it is out of range. */
  set(rest: number): void {
    if (!(rest >= 0 && rest <= 1)) {
      throw new ArgumentError(`movingAverage: the value's share must be a number of 0 to 1, got ${rest}`);
    }
    this.setFloats({ rest });
  }
}

const update = defineUpdate<MovingAverageAttributes>({
  name: "movingAverage",
  check: ([target], [value]) => checkAlike("movingAverage", { target, value }),
  webgpu: movingAverageWebgpu,
  cpu: movingAverageCpu,
});

/**
 * Moves an average in place: `target = momentum · target + (1 − momentum) · value`, outside of the tape.
 *
 * Computed as `target + (1 − momentum) · (value − target)`: rounding a momentum near 1 to float32 would otherwise make
 * the two weights add up to something else than 1, and the average settle on a multiple of the value.
 *
 * @param target float32, any shape
 * @param value float32, the same shape, in memory of its own
 * @param momentum 0 … 1: how much of the old average stays
 * @throws ShapeError if the shapes differ
 * @throws ArgumentError if the momentum is out of range
 * @throws DTypeError if either is not float32
 */
export function movingAverage(target: Tensor, value: Tensor, momentum: number): void {
  if (!(momentum >= 0 && momentum <= 1)) {
    throw new ArgumentError(`movingAverage: momentum must be a number of 0 to 1, got ${momentum}`);
  }
  update([target], [value], { fromStep: false, rest: 1 - momentum });
}

/**
 * {@link movingAverage} with the value's share, `1 − momentum`, read from `words` on the device, so that every step
 * launches the same.
 *
 * @param target float32, any shape, such as a block of an arena
 * @param value float32, the same shape, in memory of its own
 * @throws ShapeError if the shapes differ
 * @throws DTypeError if either is not float32
 * @throws DeviceError if tensors and words are not on one device
 */
export function movingAverageFromStep(target: Tensor, value: Tensor, words: MovingAverageWords): void {
  if (words.device !== target.device) throw new DeviceError("movingAverage: the words are on another device");
  update([target], [value], { fromStep: true, rest: words.slots.rest });
}

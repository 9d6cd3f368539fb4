/** @file Moving averages: batch normalisation's statistics, averaged weights. */
import { ArgumentError, ShapeError } from "../../errors.ts";
import { formatShape, sameShape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineUpdate } from "../op.ts";
import { movingAverageCpu } from "./moving-average.cpu.ts";
import { movingAverageWebgpu } from "./moving-average.webgpu.ts";

/** What the launch of a moving average needs to know. */
export interface MovingAverageAttributes {
  readonly momentum: number;
}

const update = defineUpdate<MovingAverageAttributes>({
  name: "movingAverage",
  check: ([target], [value], { momentum }) => {
    checkDType("movingAverage", "target", target!, "float32");
    checkDType("movingAverage", "value", value!, "float32");
    if (!sameShape(target!.shape, value!.shape)) {
      const shapes = `target is ${formatShape(target!.shape)}, value is ${formatShape(value!.shape)}`;
      throw new ShapeError(`movingAverage: shapes differ: ${shapes}`);
    }
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new ArgumentError(`movingAverage: momentum must be a number of 0 to 1, got ${momentum}`);
    }
  },
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
  update([target], [value], { momentum });
}

/** @file The learning rate that a recipe describes. */
import {
  constant,
  cosineDecay,
  exponentialDecay,
  multiStepDecay,
  oneCycle,
  type Schedule,
  stepDecay,
  warmUp,
} from "@tessera/nn";
import type { Recipe } from "./recipe-schema.ts";

/** The learning rate by iteration, counted from 0, of a recipe whose lengths are in epochs. */
export function recipeSchedule(
  { schedule, optimizer: { learningRate: initial }, epochs }: Pick<Recipe, "schedule" | "optimizer" | "epochs">,
  stepsPerEpoch: number,
): Schedule {
  const length = epochs * stepsPerEpoch;
  if (schedule.name === "one-cycle") {
    const { name: _, ...settings } = schedule;
    return oneCycle({ maximum: initial, length, ...settings });
  }
  const rate = withoutWarmUp(schedule, initial, length, stepsPerEpoch);
  return schedule.warmUp === 0 ? rate : warmUp(rate, { length: schedule.warmUp * stepsPerEpoch });
}

type Falling = Exclude<Recipe["schedule"], { name: "one-cycle" }>;

function withoutWarmUp(schedule: Falling, initial: number, length: number, stepsPerEpoch: number): Schedule {
  switch (schedule.name) {
    case "constant":
      return constant(initial);
    case "step":
      return stepDecay({ initial, factor: schedule.factor, every: schedule.every * stepsPerEpoch });
    case "multi-step": {
      const milestones = schedule.milestones.map((epoch) => epoch * stepsPerEpoch);
      return multiStepDecay({ initial, factor: schedule.factor, milestones });
    }
    case "exponential":
      return exponentialDecay({ initial, factor: schedule.factor, every: stepsPerEpoch });
    case "cosine":
      return cosineDecay({ initial, length, minimum: schedule.minimum });
  }
}

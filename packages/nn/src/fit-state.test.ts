import { describe, expect, it } from "vitest";
import { decodeFitState, encodeFitState, type FitState } from "./fit-state.ts";

describe("a place in training", () => {
  it("comes back from a file, with numbers that JSON does not have", () => {
    const state: FitState = {
      ...{ epoch: 2, batch: 3, seconds: 1.5, variant: "cpu" },
      running: { examples: 8, weight: 8, sums: { loss: Number.NaN, accuracy: 0.5 } },
      history: [{ epoch: 1, loss: Number.POSITIVE_INFINITY, val_loss: Number.NaN, seconds: 1, images_per_second: 2 }],
      callbacks: [{ name: "best", state: [Number.NEGATIVE_INFINITY, null, "NaN"], tensors: new Map() }],
    };
    const { metadata, tensors } = encodeFitState(state);
    expect(decodeFitState(new Map(Object.entries(metadata)), new Map(tensors))).toEqual(state);
  });
});

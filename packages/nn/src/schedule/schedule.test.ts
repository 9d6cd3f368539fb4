import { expect, it } from "vitest";
import {
  constant,
  cosineDecay,
  exponentialDecay,
  multiStepDecay,
  oneCycle,
  piecewiseConstant,
  stepDecay,
  warmUp,
} from "./schedule.ts";

const at = (positions: readonly number[], schedule: (position: number) => number) =>
  positions.map((position) => Number(schedule(position).toPrecision(12)));

it("keeps, drops and decays", () => {
  expect(at([0, 7], constant(0.3))).toEqual([0.3, 0.3]);
  expect(at([0, 29, 30, 60], stepDecay({ initial: 1, every: 30 }))).toEqual([1, 1, 0.1, 0.01]);
  expect(at([0, 59, 60, 119, 120, 200], multiStepDecay({ initial: 1, factor: 0.2, milestones: [60, 120] }))).toEqual([
    1, 1, 0.2, 0.2, 0.04, 0.04,
  ]);
  const pieces = piecewiseConstant({ boundaries: [35_000, 85_000], values: [0.01, 0.005, 0.0005] });
  expect(at([0, 34_999, 35_000, 85_000], pieces)).toEqual([0.01, 0.01, 0.005, 0.0005]);
  expect(at([0, 1, 2], exponentialDecay({ initial: 0.0005, factor: 0.99 }))).toEqual([0.0005, 0.000495, 0.00049005]);
});

it("follows half a cosine, and stays at its end", () => {
  const schedule = cosineDecay({ initial: 2, length: 10, minimum: 1 });
  expect(at([0, 5, 10, 20], schedule)).toEqual([2, 1.5, 1, 1]);
});

// torch.optim.lr_scheduler.OneCycleLR(max_lr=1, total_steps=11), PyTorch 1.13: get_last_lr() before each step.
it("cycles as PyTorch's OneCycleLR does", () => {
  const schedule = oneCycle({ maximum: 1, length: 11 });
  const torch = [
    ...[0.04, 0.4223411137347358, 0.9602614247226174, 0.9797465678213015, 0.8844757247686303, 0.7260870492975283],
    ...[0.5305827080875998, 0.3300580289872949, 0.15743251279950787, 0.041045543206290856, 4e-6, 4e-6],
  ];
  torch.forEach((value, i) => {
    expect(schedule(i)).toBeCloseTo(value, 12);
  });
});

it("warms another schedule up", () => {
  expect(at([0, 2, 4, 30], warmUp(stepDecay({ initial: 1, every: 30 }), { length: 4, from: 0.1 }))).toEqual([
    0.1, 0.55, 1, 0.1,
  ]);
});

it("names what is wrong", () => {
  expect(() => stepDecay({ initial: 1, every: 0 })).toThrow("stepDecay: every must be greater than 0, got 0");
  expect(() => multiStepDecay({ initial: 1, milestones: [60, 60] })).toThrow("milestones must rise, got 60, 60");
  expect(() => piecewiseConstant({ boundaries: [1], values: [1] })).toThrow(
    "expected 2 values for 1 boundaries, got 1",
  );
  expect(() => warmUp(constant(1), { length: 1, from: 2 })).toThrow("warmUp: from must be from 0 to 1, got 2");
  expect(() => oneCycle({ maximum: 1, length: 2, rise: -1 })).toThrow("oneCycle: rise must be from 0 to 1, got -1");
});

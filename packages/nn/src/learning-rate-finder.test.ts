// The sweep finds a rate that trains, and leaves nothing changed.
import { randomBits, setDefaultDevice } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RandomStreams } from "./initializers.ts";
import { Dense } from "./layers/dense.ts";
import { Flatten } from "./layers/flatten.ts";
import { Sequential } from "./layers/sequential.ts";
import { findLearningRate } from "./learning-rate-finder.ts";
import { sgd } from "./optim/sgd.ts";
import { saveCheckpoint } from "./weights.ts";

const images = Uint8Array.from(randomBits({ seed: 1, stream: 0 }, 8 * 12), (bits) => bits >>> 24);
// The last image is the one before it under another label: no weights name both, so great ones cost much.
images.copyWithin(84, 72, 84);
const batch = { images, labels: Int32Array.from({ length: 8 }, (_, i) => i % 2), shape: [8, 2, 2, 3] };
const [device] = await openTestDevices();

describe("findLearningRate", () => {
  beforeAll(() => setDefaultDevice(device!.device));
  afterAll(() => device!.device.destroy());

  const small = () => new Sequential([new Flatten(), new Dense({ inputs: 12, units: 2 }, new RandomStreams(1))]);

  it("suggests a rate where the loss falls, and restores weights, optimizer and mode", async () => {
    using model = small();
    using optimizer = sgd(model.parameters(), { learningRate: 0.25, momentum: 0.9 });
    const before = await saveCheckpoint(model, optimizer);
    const batches = Array.from({ length: 60 }, () => batch);
    const { curve, suggestion } = await findLearningRate(model, optimizer, batches, { from: 1e-5, to: 1e6, steps: 50 });
    expect(curve[0]!.learningRate).toBe(1e-5);
    expect(curve.length).toBeLessThan(50); // it blew up, and the sweep ended
    expect(suggestion).toBeGreaterThan(1e-4);
    expect(suggestion).toBeLessThan(100);
    expect(await saveCheckpoint(model, optimizer)).toEqual(before);
    expect([model.training, optimizer.learningRate, optimizer.iterations]).toEqual([false, 0.25, 0]);
  });

  it("says what it takes", async () => {
    using model = small();
    using optimizer = sgd(model.parameters(), { learningRate: 0.25 });
    await expect(findLearningRate(model, optimizer, [batch], { from: 1, to: 0.1 })).rejects.toThrow(
      "findLearningRate: expected 0 < from < to, got 1 and 0.1",
    );
    await expect(findLearningRate(model, optimizer, [batch])).rejects.toThrow("expected at least 2 batches, got 1");
  });
});

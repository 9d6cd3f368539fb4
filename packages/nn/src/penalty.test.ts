// Regularizers of layers: what they cost by definition, in the loss that is reported and in the step that is taken.
import { gradients, randomBits, scope, setDefaultDevice, type Tensor, trackLeaks } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evaluate } from "./evaluate.ts";
import { fit } from "./fit.ts";
import { RandomStreams } from "./initializers.ts";
import { Conv2D } from "./layers/conv2d.ts";
import { Dense } from "./layers/dense.ts";
import { Flatten } from "./layers/flatten.ts";
import { Sequential } from "./layers/sequential.ts";
import { sgd } from "./optim/sgd.ts";

function small([conv, first, last]: readonly (number | undefined)[]): Sequential {
  const random = new RandomStreams(1);
  const cost = (l2: number | undefined) => (l2 === undefined ? {} : { kernelRegularizer: { l2 } });
  return new Sequential([
    new Conv2D({ inputs: 3, filters: 2, kernelSize: 3, ...cost(conv) }, random),
    new Flatten(),
    new Dense({ inputs: 8, units: 5, ...cost(first) }, random),
    new Dense({ inputs: 5, units: 3, ...cost(last) }, random),
  ]);
}

const batch = {
  images: Uint8Array.from(randomBits({ seed: 1, stream: 9 }, 6 * 48), (bits) => bits >>> 24),
  labels: Int32Array.of(0, 1, 2, 0, 1, 2),
  shape: [6, 4, 4, 3],
};

async function squares(weights: Tensor): Promise<number> {
  const values: readonly number[] = [...(await weights.data())];
  return values.reduce((sum, value) => sum + value * value, 0);
}

const kernelsOf = (model: Sequential) => model.parameters().filter(({ rank }) => rank > 1);

const devices = await openTestDevices();

describe.each(devices)("penalties on $name", ({ device }) => {
  beforeAll(() => setDefaultDevice(device));
  afterAll(() => device.destroy());

  it("are lambda times the sum of squares of each kernel, with their gradients", async () => {
    const lambdas = [0.1, 0.02, 0.1];
    using model = small(lambdas);
    const kernels = kernelsOf(model);
    const sums = await Promise.all(kernels.map(squares));
    const expected = sums.reduce((total, each, i) => total + lambdas[i]! * each, 0);
    const [penalty, found] = scope(() => {
      const loss = model.penalty()!;
      return [loss, gradients(loss, kernels)] as const;
    });
    expect((await penalty.item()) / expected).toBeCloseTo(1, 6);
    for (const [i, gradient] of found.entries()) {
      const [values, weights] = [await gradient!.data(), await kernels[i]!.data()];
      expect(Math.max(...values.map((value, j) => Math.abs(value - 2 * lambdas[i]! * weights[j]!)))).toBeLessThan(1e-7);
      gradient!.dispose();
    }
    penalty.dispose();
  });

  it("are none without regularizers, and leave nothing behind outside of a scope", () => {
    using plain = small([]);
    expect(plain.penalty()).toBeNull();
    using model = small([0.1, undefined, 0.3]);
    expect(model.penalized()).toHaveLength(2);
    const leaks = trackLeaks();
    model.penalty()!.dispose();
    expect(leaks()).toEqual([]);
  });

  it("are in the loss of training and of evaluation, and act as a weight decay of twice lambda", async () => {
    const lambda = 0.05;
    using model = small([lambda, lambda, lambda]);
    using twin = small([]);
    const sums = await Promise.all(kernelsOf(model).map(squares));
    const cost = lambda * sums.reduce((total, each) => total + each, 0);
    const [own, plain] = [await evaluate(model, [batch]), await evaluate(twin, [batch])];
    expect(own.loss - plain.loss).toBeCloseTo(cost, 5);

    using optimizer = sgd(model.parameters(), { learningRate: 0.1 });
    const kernels = kernelsOf(twin);
    using decaying = sgd(
      [
        { parameters: kernels, weightDecay: 2 * lambda },
        { parameters: twin.parameters().filter((each) => !kernels.includes(each)) },
      ],
      { learningRate: 0.1 },
    );
    const first = await fit(model, optimizer, { train: () => [batch, batch] });
    const second = await fit(twin, decaying, { train: () => [batch, batch] });
    expect(first.history[0]!.loss).toBeGreaterThan(second.history[0]!.loss + cost / 2);
    for (const [i, each] of model.parameters().entries()) {
      const [values, others] = [await each.data(), await twin.parameters()[i]!.data()];
      // Two steps of weights below 1, along gradients that were summed in another order.
      expect(Math.max(...values.map((value, j) => Math.abs(value - others[j]!)))).toBeLessThan(1e-6);
    }
  });

  it("name what does not fit", () => {
    for (const l2 of [-1, Number.NaN]) {
      expect(() => small([l2])).toThrow(`Conv2D: l2 must be a finite number of at least 0, got ${l2}`);
      expect(() => small([0, l2])).toThrow(`Dense: l2 must be a finite number of at least 0, got ${l2}`);
    }
  });
});

import { scope, setDefaultDevice, tensor } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RandomStreams } from "../initializers.ts";
import { Activation, type ActivationName } from "./activation.ts";
import { Dense } from "./dense.ts";
import { LayerNormalization } from "./layer-normalization.ts";
import { Rescaling } from "./rescaling.ts";
import { Softmax } from "./softmax.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const exponentials = Math.exp(-1) + Math.exp(2);

/** Of −1 and 2. gelu: x Φ(x), Φ(−1) = 0.158655254, Φ(2) = 0.977249868. */
const activations: Record<ActivationName, readonly [number, number]> = {
  none: [-1, 2],
  linear: [-1, 2],
  relu: [0, 2],
  elu: [Math.exp(-1) - 1, 2],
  leaky_relu: [-0.2, 2],
  sigmoid: [logistic(-1), logistic(2)],
  tanh: [Math.tanh(-1), Math.tanh(2)],
  softplus: [Math.log1p(Math.exp(-1)), Math.log1p(Math.exp(2))],
  silu: [-logistic(-1), 2 * logistic(2)],
  swish: [-logistic(-1), 2 * logistic(2)],
  gelu: [-0.158655254, 2 * 0.977249868],
  softmax: [Math.exp(-1) / exponentials, Math.exp(2) / exponentials],
  log_softmax: [-1 - Math.log(exponentials), 2 - Math.log(exponentials)],
};

describe.each(devices)("on $name", ({ device }) => {
  beforeAll(() => setDefaultDevice(device));

  it.each(Object.entries(activations))("activates by %s", async (name, expected) => {
    using layer = new Activation(name as ActivationName);
    using x = tensor([[-1, 2]]);
    const y = layer.forward(x);
    (await y.data()).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6);
    });
    y.dispose();
  });

  it("takes a softmax along another axis", async () => {
    using layer = new Softmax({ axis: 1 });
    using y = scope(() => layer.forward(tensor([[[0], [0]]])));
    expect(Array.from(await y.data())).toEqual([0.5, 0.5]);
    expect(layer.outputShape([1, 2, 1])).toEqual([1, 2, 1]);
  });

  it("multiplies by a constant", async () => {
    using layer = new Rescaling(0.125);
    using y = scope(() => layer.forward(tensor([[-8, 2]])));
    expect(Array.from(await y.data())).toEqual([-1, 0.25]);
  });

  it("normalises the last axes together", async () => {
    using layer = new LayerNormalization({ inputs: [2, 2], epsilon: 0 });
    expect(layer.namedParameters().map(([name]) => name)).toEqual(["gamma", "beta"]);
    const pixels = [
      [0, 2],
      [4, 6],
    ];
    using y = scope(() => layer.forward(tensor([pixels])));
    // Mean 3, variance 5.
    (await y.data()).forEach((value, i) => {
      expect(value).toBeCloseTo((2 * i - 3) / Math.sqrt(5), 6);
    });
  });

  it("applies a dense layer to every place", async () => {
    using layer = new Dense({ inputs: 3, units: 2 }, new RandomStreams(1));
    const rows = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    using flat = scope(() => layer.forward(tensor(rows)));
    using places = scope(() => layer.forward(tensor([[rows]])));
    expect(places.shape).toEqual([1, 1, 2, 2]);
    expect(layer.outputShape([1, 1, 2, 3])).toEqual([1, 1, 2, 2]);
    expect(await places.data()).toEqual(await flat.data());
  });
});

it("names what does not fit", () => {
  setDefaultDevice(devices[0]!.device);
  expect(() => new Activation("selu" as ActivationName)).toThrow(
    "Activation: expected one of none, linear, relu, elu, leaky_relu, sigmoid, tanh, softplus, silu, swish, gelu, softmax, log_softmax, got selu",
  );
  expect(() => new Rescaling(Number.NaN)).toThrow("Rescaling: scale must be a finite number, got NaN");
  using layer = new LayerNormalization({ inputs: 3 });
  expect(() => layer.outputShape([2, 4])).toThrow("LayerNormalization: expected an input of [..., 3], got [2, 4]");
  using dense = new Dense({ inputs: 3, units: 2 }, new RandomStreams(1));
  expect(() => dense.outputShape([3])).toThrow("Dense: expected an input of [..., 3], got [3]");
});

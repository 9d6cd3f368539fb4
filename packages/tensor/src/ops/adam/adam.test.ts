import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DeviceError, DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { checkClose } from "../../testing/compare.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { drawSeeds, toTensorData } from "../../testing/inputs.ts";
import { ndArray } from "../../testing/nd-array.ts";
import { type AdamReferenceState, adamReference } from "./adam.reference.ts";
import { AdamWords, adamUpdate } from "./adam.ts";

const devices = await openTestDevices();
const decay = { beta1: 0.9, beta2: 0.999 };
const epsilon = 1e-7;
const steps = 5;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("adamUpdate on $name", ({ device }) => {
  it.each([
    [1, 0],
    [37, 0],
    [37, 0.3],
    [9001, 0.01],
  ])("follows the oracle over several steps, %i parameters, weight decay %d", async (size, weightDecay) => {
    const start = drawSeeds("adam", 0, [size]);
    let expected: AdamReferenceState = {
      parameter: start,
      firstMoment: ndArray([size]),
      secondMoment: ndArray([size]),
    };
    const words = new AdamWords(device);
    const zeros = () => tensor(new Float32Array(size), [size], { device });
    const targets = {
      parameters: tensor(toTensorData(start), [size], { device }),
      firstMoment: zeros(),
      secondMoment: zeros(),
    };
    for (let step = 1; step <= steps; step++) {
      const learningRate = 0.01 / step;
      const gradient = drawSeeds("adam", step, [size]);
      expected = adamReference(expected, gradient, { learningRate, ...decay, epsilon, weightDecay, step });
      words.set(learningRate, decay, step, weightDecay);
      scope(() => {
        const gradients = tensor(toTensorData(gradient), [size], { device });
        adamUpdate(targets, gradients, { ...decay, epsilon, words });
      });
    }
    const compare = async (what: string, got: keyof typeof targets, want: keyof AdamReferenceState) =>
      checkClose(await targets[got].data(), expected[want], { what, tolerance: 1e-6 });
    await compare("parameters", "parameters", "parameter");
    await compare("first moment", "firstMoment", "firstMoment");
    await compare("second moment", "secondMoment", "secondMoment");
    for (const target of Object.values(targets)) target.dispose();
    words.dispose();
  });

  it("names what does not fit", () => {
    scope(() => {
      const words = new AdamWords(device);
      const four = () => tensor(new Float32Array(4), [4], { device });
      const targets = { parameters: four(), firstMoment: four(), secondMoment: four() };
      const attributes = { ...decay, epsilon, words };
      const three = tensor(new Float32Array(3), [3], { device });
      expect(() => adamUpdate(targets, three, attributes)).toThrow(ShapeError);
      const integers = tensor(new Int32Array(4), [4], { device });
      expect(() => adamUpdate(targets, integers, attributes)).toThrow(DTypeError);
      expect(() => adamUpdate(targets, four(), { ...attributes, epsilon: 0 })).toThrow(ArgumentError);
      expect(() => adamUpdate(targets, four(), { ...attributes, beta2: 1 })).toThrow("beta2 must be in [0, 1), got 1");
      expect(() => words.set(0.1, decay, 0)).toThrow("step must be a whole number of at least 1, got 0");
      words.dispose();
    });
  });
});

it("adamUpdate refuses words of another device", () => {
  const [first, second] = devices;
  scope(() => {
    const words = new AdamWords(second!.device);
    const one = () => tensor(new Float32Array(1), [1], { device: first!.device });
    const targets = { parameters: one(), firstMoment: one(), secondMoment: one() };
    expect(() => adamUpdate(targets, one(), { ...decay, epsilon, words })).toThrow(DeviceError);
    words.dispose();
    words.dispose();
    const [a, b, c] = [new AdamWords(second!.device), new AdamWords(second!.device), new AdamWords(second!.device)];
    const slots = [a, b, c].flatMap((each) => Object.values(each.slots));
    expect(new Set(slots).size).toBe(slots.length);
    for (const each of [a, b, c]) each.dispose();
  });
});

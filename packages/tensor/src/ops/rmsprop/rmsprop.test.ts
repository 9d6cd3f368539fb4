import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DeviceError, DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { checkClose } from "../../testing/compare.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { drawSeeds, toTensorData } from "../../testing/inputs.ts";
import { ndArray } from "../../testing/nd-array.ts";
import { type RmspropReferenceState, rmspropReference } from "./rmsprop.reference.ts";
import { RmspropWords, rmspropUpdate } from "./rmsprop.ts";

const devices = await openTestDevices();
const steps = 5;
const settings = { rho: 0.9, epsilon: 1e-3 };

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("rmspropUpdate on $name", ({ device }) => {
  const zeros = (size: number) => tensor(new Float32Array(size), [size], { device });

  it.each([
    { momentum: 0, centered: false, weightDecay: 0 },
    { momentum: 0.9, centered: false, weightDecay: 0.1 },
    { momentum: 0, centered: true, weightDecay: 0 },
    { momentum: 0.9, centered: true, weightDecay: 0.1 },
  ])("follows the oracle over several steps: %o", async ({ momentum, centered, weightDecay }) => {
    for (const size of [1, 37, 1030]) {
      const start = drawSeeds("rmsprop", 0, [size]);
      const [meanSquare, meanGradient, velocity] = [ndArray([size]), ndArray([size]), ndArray([size])];
      let expected: RmspropReferenceState = { parameter: start, meanSquare, meanGradient, velocity };
      const words = new RmspropWords(device);
      const parameters = tensor(toTensorData(start), [size], { device });
      const targets = { parameters, meanSquare: zeros(size), meanGradient: zeros(size), velocity: zeros(size) };
      for (let step = 1; step <= steps; step++) {
        const learningRate = 0.01 / step;
        // Away from 0: where a gradient hardly differs from its mean, their difference has lost its digits.
        const gradient = drawSeeds("rmsprop", step, [size]);
        gradient.data.forEach((value, i) => {
          gradient.data[i] = Math.fround(value + Math.sign(value) * (step % 2));
        });
        expected = rmspropReference(expected, gradient, { ...settings, learningRate, weightDecay, momentum, centered });
        words.set(learningRate, weightDecay);
        scope(() => {
          const gradients = tensor(toTensorData(gradient), [size], { device });
          rmspropUpdate(targets, gradients, { ...settings, momentum, centered, words });
        });
      }
      const compare = async (what: "meanSquare" | "meanGradient" | "velocity", used: boolean) =>
        checkClose(await targets[what].data(), used ? expected[what] : ndArray([size]), { what, tolerance: 1e-5 });
      checkClose(await parameters.data(), expected.parameter, { what: "parameters", tolerance: 2e-6 });
      await compare("meanSquare", true);
      await compare("meanGradient", centered);
      await compare("velocity", momentum > 0);
      for (const one of [...Object.values(targets), words]) one.dispose();
    }
  });

  it("takes a gradient that never changes, whose centered deviation is 0", async () => {
    const words = new RmspropWords(device);
    words.set(1e-3);
    const targets = { parameters: zeros(1), meanSquare: zeros(1), meanGradient: zeros(1) };
    const gradients = tensor([0.1], [1], { device });
    for (let step = 0; step < 200; step++) {
      rmspropUpdate(targets, gradients, { ...settings, momentum: 0, centered: true, words });
    }
    expect(await targets.parameters.item()).toBeLessThan(0);
    for (const one of [...Object.values(targets), gradients, words]) one.dispose();
  });

  it("names what does not fit", () => {
    scope(() => {
      const words = new RmspropWords(device);
      const targets = { parameters: zeros(4), meanSquare: zeros(4), velocity: zeros(4) };
      const attributes = { ...settings, momentum: 0.9, centered: false, words };
      expect(() => rmspropUpdate(targets, zeros(3), attributes)).toThrow(ShapeError);
      expect(() => rmspropUpdate({ ...targets, velocity: zeros(3) }, zeros(4), attributes)).toThrow("velocity is [3]");
      const integers = tensor(new Int32Array(4), [4], { device });
      expect(() => rmspropUpdate(targets, integers, attributes)).toThrow(DTypeError);
      const refused = [
        [{ centered: true }, "centered needs a meanGradient"],
        [{ rho: 1 }, "rho must be in [0, 1), got 1"],
        [{ epsilon: 0 }, "epsilon must be greater than 0, got 0"],
        [{ momentum: -1 }, "momentum must be at least 0, got -1"],
      ] as const;
      for (const [change, message] of refused) {
        const attempt = () => rmspropUpdate(targets, zeros(4), { ...attributes, ...change });
        expect(attempt).toThrow(message);
        expect(attempt).toThrow(ArgumentError);
      }
      const { parameters, meanSquare } = targets;
      expect(() => rmspropUpdate({ parameters, meanSquare }, zeros(4), attributes)).toThrow("0.9 needs a velocity");
      words.dispose();
    });
  });
});

it("rmspropUpdate refuses words of another device", () => {
  const [first, second] = devices;
  scope(() => {
    const words = new RmspropWords(second!.device);
    const one = () => tensor(new Float32Array(1), [1], { device: first!.device });
    const attributes = { ...settings, momentum: 0, centered: false, words };
    expect(() => rmspropUpdate({ parameters: one(), meanSquare: one() }, one(), attributes)).toThrow(DeviceError);
    words.dispose();
  });
});

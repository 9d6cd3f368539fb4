import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DeviceError, DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { checkClose } from "../../testing/compare.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { drawSeeds, toTensorData } from "../../testing/inputs.ts";
import { ndArray } from "../../testing/nd-array.ts";
import { type SgdReferenceState, sgdReference } from "./sgd.reference.ts";
import { SgdWords, sgdUpdate } from "./sgd.ts";

const devices = await openTestDevices();
const steps = 5;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("sgdUpdate on $name", ({ device }) => {
  it.each([
    { momentum: 0, nesterov: false, weightDecay: 0, decoupled: false },
    { momentum: 0, nesterov: false, weightDecay: 0.2, decoupled: false },
    { momentum: 0, nesterov: false, weightDecay: 0.2, decoupled: true },
    { momentum: 0.9, nesterov: false, weightDecay: 0, decoupled: false },
    { momentum: 0.9, nesterov: true, weightDecay: 0.1, decoupled: false },
    { momentum: 0.9, nesterov: true, weightDecay: 0.1, decoupled: true },
  ])("follows the oracle over several steps: %o", async ({ momentum, nesterov, ...decay }) => {
    // Not 1: of gradients that cancel out, a velocity alone has too few digits left to be compared with itself.
    for (const size of [3, 37, 1030]) {
      const start = drawSeeds("sgd", 0, [size]);
      let expected: SgdReferenceState = { parameter: start, velocity: ndArray([size]) };
      const words = new SgdWords(device);
      const parameters = tensor(toTensorData(start), [size], { device });
      const velocity = tensor(new Float32Array(size), [size], { device });
      for (let step = 1; step <= steps; step++) {
        const learningRate = 0.1 / step;
        const gradient = drawSeeds("sgd", step, [size]);
        expected = sgdReference(expected, gradient, { learningRate, momentum, nesterov, ...decay });
        words.set({ learningRate, ...decay });
        scope(() => {
          const gradients = tensor(toTensorData(gradient), [size], { device });
          const targets = momentum === 0 ? { parameters } : { parameters, velocity };
          sgdUpdate(targets, gradients, { momentum, nesterov, words });
        });
      }
      checkClose(await parameters.data(), expected.parameter, { what: "parameters", tolerance: 1e-6 });
      const moved = momentum === 0 ? ndArray([size]) : expected.velocity;
      checkClose(await velocity.data(), moved, { what: "velocity", tolerance: 1e-6 });
      for (const one of [parameters, velocity, words]) one.dispose();
    }
  });

  it("leaves a velocity alone that no momentum asks for", async () => {
    const words = new SgdWords(device);
    words.set({ learningRate: 0.5 });
    const [parameters, velocity, gradients] = [8, 3, 4].map((value) => tensor([value], [1], { device }));
    sgdUpdate({ parameters: parameters!, velocity: velocity! }, gradients!, { momentum: 0, nesterov: false, words });
    expect([await parameters!.item(), await velocity!.item()]).toEqual([6, 3]);
    for (const one of [parameters!, velocity!, gradients!, words]) one.dispose();
  });

  it("names what does not fit", () => {
    scope(() => {
      const words = new SgdWords(device);
      const four = () => tensor(new Float32Array(4), [4], { device });
      const three = tensor(new Float32Array(3), [3], { device });
      const targets = { parameters: four(), velocity: four() };
      const attributes = { momentum: 0.9, nesterov: false, words };
      expect(() => sgdUpdate(targets, three, attributes)).toThrow(ShapeError);
      expect(() => sgdUpdate({ ...targets, velocity: three }, four(), attributes)).toThrow("velocity is [3]");
      expect(() => sgdUpdate(targets, tensor(new Int32Array(4), [4], { device }), attributes)).toThrow(DTypeError);
      expect(() => sgdUpdate({ parameters: four() }, four(), attributes)).toThrow("momentum 0.9 needs a velocity");
      expect(() => sgdUpdate(targets, four(), { ...attributes, momentum: -1 })).toThrow(ArgumentError);
      expect(() => sgdUpdate(targets, four(), { ...attributes, momentum: 0, nesterov: true })).toThrow(ArgumentError);
      words.dispose();
    });
  });
});

it("sgdUpdate refuses words of another device", () => {
  const [first, second] = devices;
  scope(() => {
    const words = new SgdWords(second!.device);
    const one = () => tensor(new Float32Array(1), [1], { device: first!.device });
    const update = () => sgdUpdate({ parameters: one() }, one(), { momentum: 0, nesterov: false, words });
    expect(update).toThrow(DeviceError);
    words.dispose();
  });
});

import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError } from "../../errors.ts";
import { scope, trackLeaks } from "../../scope.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import { checkClose } from "../../testing/compare.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { drawSeeds, toTensorData } from "../../testing/inputs.ts";
import { summation } from "../../testing/tolerance.ts";
import { clipGradientNormReference, clipGradientValueReference } from "./clip-gradients.reference.ts";
import { clipGradientNorm, clipGradientValue } from "./clip-gradients.ts";

const devices = await openTestDevices();
const sizes = [1, 37, 4100, 8192];
const drawn = sizes.map((size, i) => drawSeeds("clipGradients", i, [size]));

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("clipping gradients on $name", ({ device }) => {
  const uploaded = () => drawn.map((gradient) => tensor(toTensorData(gradient), gradient.shape, { device }));

  it.each([0.5, 10, 1e6, Number.POSITIVE_INFINITY])("scales them to a global norm of at most %d", async (maxNorm) => {
    const { clipped, norm } = clipGradientNormReference(drawn, maxNorm);
    const tensors = uploaded();
    const found = scope(() => clipGradientNorm(tensors, maxNorm));
    const tolerance = summation(drawn.reduce((count, { data }) => count + data.length, 0)).forward;
    expect(Math.abs((await found.item()) / norm - 1)).toBeLessThan(tolerance);
    for (const [i, one] of tensors.entries()) {
      // A norm within the limit leaves every bit as it was.
      const within = norm < maxNorm;
      checkClose(await one.data(), clipped[i]!, { what: `gradient ${i}`, tolerance: within ? 0 : tolerance });
      one.dispose();
    }
    found.dispose();
  });

  it("cuts their elements", async () => {
    const tensors = uploaded();
    const limit = 0.25;
    clipGradientValue(tensors, limit);
    for (const [i, one] of tensors.entries()) {
      checkClose(await one.data(), clipGradientValueReference(drawn[i]!, limit), { what: `${i}`, tolerance: 0 });
      one.dispose();
    }
  });

  const { NaN: none, POSITIVE_INFINITY: infinity } = Number;

  it("keeps NaN and cuts infinities", async () => {
    const values = tensor([none, infinity, -infinity, -0.5, 0], [5], { device });
    clipGradientValue([values], 1);
    expect([...(await values.data())]).toEqual([none, 1, -1, -0.5, 0]);
    values.dispose();
  });

  it.each([
    ["NaN", [none, 1, -2], 1],
    ["NaN that is only measured", [none, 1, -2], infinity],
    ["infinity", [infinity, 1, -2, 0], 1],
    ["-infinity", [-infinity, 1, -2, 0], 1e6],
    ["infinity and NaN", [infinity, none, 1], 1],
    ["infinity that is only measured", [infinity, 1, -2, 0], infinity],
  ])("gives a norm with %s to all of them, as PyTorch does", async (_, values, maxNorm) => {
    const arrays = [values, [3, -4]].map((data) => ({ shape: [data.length], data: Float64Array.from(data) }));
    const { clipped, norm } = clipGradientNormReference(arrays, maxNorm);
    const tensors = arrays.map(({ shape, data }) => tensor(Float32Array.from(data), shape, { device }));
    const found = clipGradientNorm(tensors, maxNorm);
    expect(await found.item()).toBe(norm);
    for (const [i, one] of tensors.entries()) {
      expect([...(await one.data())], `gradient ${i}`).toEqual([...clipped[i]!.data]);
    }
    for (const one of [...tensors, found]) one.dispose();
  });

  it("leaves zeros alone", async () => {
    const zeros = tensor(new Float32Array(5), [5], { device });
    const norm = clipGradientNorm([zeros], 1);
    expect([await norm.item(), ...(await zeros.data())]).toEqual([0, 0, 0, 0, 0, 0]);
    for (const one of [zeros, norm]) one.dispose();
  });

  it("leaves nothing behind outside of a scope", () => {
    const leaks = trackLeaks();
    const tensors = uploaded();
    clipGradientNorm(tensors, 1).dispose();
    for (const one of tensors) one.dispose();
    expect(leaks()).toEqual([]);
  });

  it("names what does not fit", () => {
    scope(() => {
      const one = tensor([1], [1], { device });
      for (const limit of [0, -1, Number.NaN]) {
        expect(() => clipGradientNorm([one], limit)).toThrow(ArgumentError);
        expect(() => clipGradientValue([one], limit)).toThrow(`limit must be greater than 0, got ${limit}`);
      }
      expect(() => clipGradientNorm([], 1)).toThrow("expected at least one gradient");
      const refused: Tensor = tensor(new Int32Array(1), [1], { device });
      expect(() => clipGradientNorm([refused], 1)).toThrow(DTypeError);
      expect(() => clipGradientValue([refused], 1)).toThrow(DTypeError);
    });
  });
});

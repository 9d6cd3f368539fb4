import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError } from "../../errors.ts";
import { randomBits } from "../../random.ts";
import { scope, trackLeaks } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { countNonFiniteReference } from "./count-non-finite.reference.ts";
import { countNonFinite } from "./count-non-finite.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("countNonFinite on $name", ({ device }) => {
  const upload = (values: Float32Array) => tensor(values, [values.length], { device });
  const count = async (...values: Float32Array[]) => {
    using found = scope(() => countNonFinite(values.map(upload)));
    return await found.item();
  };

  it("takes all that is finite for it", async () => {
    const finite = [0, -0, 1e-45, -1e-45, 1e-38, (2 - 2 ** -23) * 2 ** 127, -(2 - 2 ** -23) * 2 ** 127];
    expect(await count(Float32Array.from(finite))).toBe(0);
    expect(await count(new Float32Array(9001).fill(3e38), new Float32Array(3))).toBe(0);
  });

  it("counts NaN and both infinities, with any payload and wherever they are", async () => {
    const payloads = new Float32Array(
      Uint32Array.of(0x7fc00000, 0xffc00001, 0x7f800001, 0x7f800000, 0xff800000).buffer,
    );
    expect(await count(payloads)).toBe(5);
    for (const size of [1, 3, 4, 5, 63, 4096, 4097, 8195]) {
      for (const at of [0, size >> 1, size - 1]) {
        const values = new Float32Array(size).fill(1);
        values[at] = at % 2 === 0 ? Number.NaN : Number.NEGATIVE_INFINITY;
        expect(await count(new Float32Array(5), values), `${at} of ${size}`).toBe(1);
      }
    }
    expect(await count(new Float32Array(0), new Float32Array(4099).fill(Number.NaN), payloads)).toBe(4104);
  });

  it("agrees with the oracle on noise of every kind", async () => {
    const bits = randomBits({ seed: 1, stream: 0 }, 5000).map((word) => (word % 7 === 0 ? word | 0x7f800000 : word));
    const values = new Float32Array(bits.buffer, bits.byteOffset, bits.length);
    const parts = [values.subarray(0, 1233), values.subarray(1233)];
    const arrays = parts.map((part) => ({ shape: [part.length], data: Float64Array.from(part) }));
    const expected = countNonFiniteReference(...arrays).data[0]!;
    expect(expected).toBeGreaterThan(700);
    expect(await count(...parts.map((part) => part.slice()))).toBe(expected);
  });

  it("leaves nothing behind, and names what does not fit", () => {
    const leaks = trackLeaks();
    scope(() => void countNonFinite([upload(new Float32Array(5))]));
    expect(leaks()).toEqual([]);
    expect(() => countNonFinite([])).toThrow(ArgumentError);
    scope(() => {
      expect(() => countNonFinite([tensor(new Int32Array(1), [1], { device })])).toThrow(DTypeError);
    });
  });
});

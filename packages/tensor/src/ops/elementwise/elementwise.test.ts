import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { clip } from "../clip/clip.ts";
import { gelu } from "../gelu/gelu.ts";
import { greater } from "../greater/greater.ts";
import { leakyRelu } from "../leaky-relu/leaky-relu.ts";
import { less } from "../less/less.ts";
import { sigmoid } from "../sigmoid/sigmoid.ts";
import { silu } from "../silu/silu.ts";
import { softplus } from "../softplus/softplus.ts";
import { tanh } from "../tanh/tanh.ts";
import { where } from "../where/where.ts";

const devices = await openTestDevices();
const { device } = devices[0]!;

afterAll(async () => {
  for (const each of devices) await each.device.destroy();
});

describe.each(devices)("on $name", (each) => {
  const compute = async (op: (x: Tensor) => Tensor, values: number[]) => {
    const result = scope(() => op(tensor(values, [values.length], { device: each.device })));
    const data = Array.from(await result.data());
    result.dispose();
    return data;
  };

  it("gives activations their limits far out, and their values at 0", async () => {
    const far = [-1000, 0, 1000];
    expect(await compute(sigmoid, far)).toEqual([0, 0.5, 1]);
    expect(await compute(tanh, far)).toEqual([-1, 0, 1]);
    const [below, atZero, above] = await compute(softplus, far);
    expect([below, above]).toEqual([0, 1000]);
    expect(atZero).toBeCloseTo(Math.LN2, 6);
    expect((await compute(silu, far)).map(Math.abs)).toEqual([0, 0, 1000]);
    expect((await compute(gelu, far)).map(Math.abs)).toEqual([0, 0, 1000]);
  });

  it("leaves no trace of what where did not choose", async () => {
    const safe = (x: Tensor) => where(greater(x, 0), x, tensor([Number.NaN], [1], { device: each.device }));
    expect(await compute((x) => where(less(safe(x), 5), safe(x), 7), [1, 2, 9])).toEqual([1, 2, 7]);
  });
});

describe("errors", () => {
  const x = () => tensor([1, 2, 3], [3], { device });
  const within = (call: () => Tensor) => () => scope(call);

  it("of bounds", () => {
    expect(within(() => clip(x(), {}))).toThrow("clip: expected min, max or both, got neither");
    expect(within(() => clip(x(), { min: 2, max: 1 }))).toThrow("clip: min must be at most max, got min 2 and max 1");
    expect(within(() => clip(x(), { min: Number.NaN }))).toThrow(ArgumentError);
  });

  it("of slopes", () => {
    for (const alpha of [-0.1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(within(() => leakyRelu(x(), { alpha }))).toThrow(`finite and at least 0, got ${alpha}`);
    }
  });

  it("of dtypes, shapes and operands", () => {
    const labels = () => tensor([1, 0, 1], [3], { device, dtype: "int32" });
    expect(within(() => where(labels(), x(), 0))).toThrow(DTypeError);
    expect(within(() => sigmoid(labels()))).toThrow("sigmoid: x must be float32, got int32");
    expect(within(() => where(x(), tensor([1, 2], [2], { device }), 0))).toThrow(ShapeError);
    expect(within(() => greater(1, 2))).toThrow("greater: at least one operand must be a tensor, got 1 and 2");
  });
});

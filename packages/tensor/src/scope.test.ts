import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Arena } from "./arena.ts";
import { noGradient } from "./autograd.ts";
import { openCpu } from "./devices/cpu/cpu-device.ts";
import { setDefaultDevice } from "./devices/default-device.ts";
import { ScopeError } from "./errors.ts";
import { gradients } from "./gradients.ts";
import { add } from "./ops/add/add.ts";
import { maxPool } from "./ops/max-pool/max-pool.ts";
import { mul } from "./ops/mul/mul.ts";
import { relu } from "./ops/relu/relu.ts";
import { sum } from "./ops/sum/sum.ts";
import { keep, scope, trackLeaks } from "./scope.ts";
import { stepRing } from "./step-ring.ts";
import { type Tensor, tensor } from "./tensor.ts";

const device = await openCpu({ threads: 1 });
beforeAll(() => setDefaultDevice(device));
afterAll(() => device.destroy());

function parameter(values: number[]): Tensor {
  const result = tensor(values);
  result.requiresGradient = true;
  return result;
}

describe("a scope", () => {
  it("frees what is made in it, but for what it returns", async () => {
    const made: Tensor[] = [];
    const { kept } = scope(() => {
      made.push(tensor([1, 2]), tensor([3, 4]));
      return { kept: [add(made[0]!, made[1]!)] };
    });
    expect(made.map(({ disposed }) => disposed)).toEqual([true, true]);
    expect([...(await kept[0]!.data())]).toEqual([4, 6]);
    kept[0]!.dispose();
    await expect(made[0]!.data()).rejects.toThrow(ScopeError);
  });

  it("hands what it returns to the scope around it", () => {
    let inner: Tensor | undefined;
    scope(() => {
      inner = scope(() => tensor([1]));
      expect(inner.disposed).toBe(false);
    });
    expect(inner!.disposed).toBe(true);
  });

  it("frees everything when its body throws", () => {
    let made: Tensor | undefined;
    const body = () => {
      made = tensor([1]);
      throw new Error("on purpose");
    };
    expect(() => scope(body)).toThrow("on purpose");
    expect(made!.disposed).toBe(true);
  });

  it("takes no promise, nor does noGradient", () => {
    expect(() => scope(async () => tensor([1]))).toThrow("scope: the callback returned a promise");
    expect(() => noGradient(async () => 1)).toThrow("noGradient: the callback returned a promise");
  });

  it("leaves what was kept", () => {
    const kept = scope(() => {
      const result = keep(tensor([1]));
      return () => result;
    })();
    expect(kept.disposed).toBe(false);
    kept.dispose();
  });

  it("does not take what a returned tensor needs for its gradient", async () => {
    const x = tensor([1, 2, 3, 4], [1, 2, 2, 1]);
    x.requiresGradient = true;
    const y = scope(() => maxPool(x, { window: 2 }));
    const [dx] = scope(() => gradients(sum(y), [x]));
    expect([...(await dx!.data())]).toEqual([0, 0, 0, 1]);
    for (const each of [x, y, dx!]) each.dispose();
  });
});

describe("leaks", () => {
  it("are reported with op, shape and the line that made them", () => {
    const x = tensor([1, 2]);
    const leaks = trackLeaks();
    const y = relu(x);
    scope(() => {
      relu(relu(x));
    });
    const [line, ...others] = leaks();
    expect(line).toMatch(/^relu \[2\], made at .*scope\.test\.ts:\d+:\d+/);
    expect(others).toEqual([]);
    x.dispose();
    y.dispose();
  });
});

describe("gradients", () => {
  it("reach a tensor over every path, and free what nobody asked for", async () => {
    const [a, b] = [parameter([2, 3]), parameter([5, 7])];
    const leaks = trackLeaks();
    const y = scope(() => sum(add(mul(a, b), mul(a, a))));
    // The scope has freed what lies between, so the tape is walked inside of it instead.
    y.dispose();
    const [da] = scope(() => gradients(sum(add(mul(a, b), mul(a, a))), [a]));
    expect([...(await da!.data())]).toEqual([5 + 2 * 2, 7 + 2 * 3]);
    da!.dispose();
    const product = mul(a, b);
    const total = sum(product);
    const [only] = gradients(total, [a]);
    for (const each of [only!, total, product]) each.dispose();
    expect(leaks()).toEqual([]);
    a.dispose();
    b.dispose();
  });

  it("are null where no path leads", () => {
    const [a, b] = [parameter([1]), parameter([2])];
    const [da, db] = scope(() => gradients(sum(mul(a, 2)), [a, b]));
    expect(db).toBe(null);
    for (const each of [a, b, da!]) each.dispose();
  });

  it("say what is missing", () => {
    using a = parameter([1, 2]);
    using constant = tensor([1]);
    scope(() => {
      expect(() => gradients(mul(a, 2), [a])).toThrow("gradients: expected a scalar loss, got [2]");
      expect(() => gradients(constant, [a])).toThrow("does not depend on a tensor that requires a gradient");
    });
  });
});

describe("an arena", () => {
  it("splits what no kernel could bind as one, and keeps its tensors apart", async () => {
    const large = 20 * 2 ** 20;
    const arena = new Arena(device, [[3], [large], [large], [2]], "test");
    expect(arena.blocks.map(({ size }) => size)).toEqual([64 + large, large + 64]);
    const views = [0, 1, 2, 3].map((index) => arena.view(index));
    scope(() => {
      expect(views.map(({ size }) => size)).toEqual([3, large, large, 2]);
    });
    expect(new Set(views.map(({ storage }) => JSON.stringify(storage.block))).size).toBe(4);
    expect([...(await views[3]!.data())]).toEqual([0, 0]);
    for (const view of views) view.dispose();
    arena.dispose();
  });
});

describe("the ring of readings", () => {
  it("holds the last 1024 and says when an older one is asked for", async () => {
    const ring = stepRing(device);
    const readings = Array.from({ length: 1030 }, (_, i) => {
      using scalar = tensor(i);
      return ring.push(scalar);
    });
    expect(await Promise.all([readings[6]!.value(), readings[1029]!.value()])).toEqual([6, 1029]);
    await expect(readings[5]!.value()).rejects.toThrow("1024 newer ones had replaced it");
  });
});

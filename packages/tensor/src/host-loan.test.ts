// The host's part in the middle of a device's commands: in order, beside what goes on, and lost with the device.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { setDefaultDevice } from "./devices/default-device.ts";
import { openDevice } from "./devices/open-device.ts";
import { lendToHost } from "./host-loan.ts";
import { add } from "./ops/add/add.ts";
import { mul } from "./ops/mul/mul.ts";
import { scope } from "./scope.ts";
import { tensor } from "./tensor.ts";
import { openTestDevices } from "./testing/devices.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("lendToHost on $name", ({ device }) => {
  it("has what comes after it wait, and see what the host made", async () => {
    const seen: number[][] = [];
    const y = scope(() => {
      const x = mul(tensor([1, 2, 3], [3], { device }), 2);
      lendToHost(x, async (values) => {
        seen.push([...values]);
        await sleep(20);
        values.forEach((value, i) => {
          values[i] = value + 10;
        });
      }).returned();
      return add(x, 0.5);
    });
    device.submit();
    expect([...(await y.data())]).toEqual([12.5, 14.5, 16.5]);
    expect(seen).toEqual([[2, 4, 6]]);
    y.dispose();
  });

  it("goes on beside a loan until it is returned, and begins loans in order", async () => {
    const order: string[] = [];
    let release = () => {};
    const held = new Promise<void>((done) => {
      release = done;
    });
    const [beside, after] = scope(() => {
      const [a, b] = [tensor([1], [1], { device }), tensor([5], [1], { device })];
      const first = lendToHost(a, async (values) => {
        order.push(`first ${values[0]}`);
        await held;
        values[0] = 7;
      });
      const second = lendToHost(b, async (values) => {
        order.push(`second ${values[0]}`);
        values[0] = 8;
      });
      const beside = mul(tensor([3], [1], { device }), 3);
      device.submit();
      const early = beside.item();
      first.returned();
      second.returned();
      void early.then((value) => {
        order.push(`beside ${value}`);
        release();
      });
      return [beside, add(a, b)] as const;
    });
    // Uploads made meanwhile keep their turn.
    const upload = tensor([100], [1], { device });
    const sum = scope(() => add(after, upload));
    expect(await sum.item()).toBe(115);
    expect(order.sort()).toEqual(["beside 9", "first 1", "second 5"]);
    for (const each of [beside, after, upload, sum]) each.dispose();
  });

  it("survives thousands of commands behind a loan, and many loans", async () => {
    let x = tensor(new Float32Array(64), [64], { device });
    for (let round = 0; round < 5; round++) {
      const next = scope(() => {
        let y = add(x, 0);
        lendToHost(y, async (values) => {
          await sleep(1);
          for (let i = 0; i < values.length; i++) values[i]! += 1;
        }).returned();
        for (let i = 0; i < (device.kind === "cpu" ? 600 : 20); i++) y = add(y, i % 2 ? 1 : -1);
        return y;
      });
      x.dispose();
      x = next;
      device.submit();
    }
    expect([...(await x.data())]).toEqual(Array(64).fill(5));
    x.dispose();
  });

  it("takes float32 alone", () => {
    using labels = tensor(Int32Array.of(1), [1], { device });
    expect(() => lendToHost(labels, async () => {})).toThrow("lendToHost: expected float32, got int32");
  });
});

describe("a loan that fails", () => {
  it.each(
    devices.map(({ name, device }) => [name, device.kind] as const).filter(([name]) => !/without|2 threads/.test(name)),
  )("loses the device: %s", async (_, kind) => {
    const device = await openDevice(kind);
    setDefaultDevice(null);
    const x = tensor([1], [1], { device });
    lendToHost(x, () => Promise.reject(new Error("allReduce: the others are gone\n  hint: none"))).returned();
    await expect(x.data()).rejects.toThrow(/the host's part in a step failed.*: allReduce: the others are gone/);
    expect(() => tensor([1], [1], { device }).dispose()).toThrow("the host's part in a step failed");
    await device.destroy();
  });

  it("is refused where the host shares no memory with the device", async () => {
    const device = await openDevice("cpu", { sharedMemory: false });
    setDefaultDevice(null);
    using x = tensor([1], [1], { device });
    expect(() => lendToHost(x, async () => {})).toThrow(
      "cpu: the host takes part in steps only where it shares memory",
    );
    expect(await x.item()).toBe(1);
    await device.destroy();
  });
});

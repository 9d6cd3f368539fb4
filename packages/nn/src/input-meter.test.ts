import { setTimeout as sleep } from "node:timers/promises";
import { matmul, openDevice, scope, setDefaultDevice, type Tensor, tensor } from "@tessera/tensor";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Batch } from "./batch.ts";
import { InputMeter } from "./input-meter.ts";

const device = await openDevice("cpu", { threads: 1 });
beforeAll(() => setDefaultDevice(device));
afterAll(() => device.destroy());

const batch: Batch = { images: new Uint8Array(3), labels: Int32Array.of(0), shape: [1, 1, 1, 3] };

/** `count` batches that come so many milliseconds after they were asked for. */
async function* late(count: number, milliseconds: number) {
  for (let i = 0; i < count; i++) {
    if (milliseconds > 0) await sleep(milliseconds);
    yield batch;
  }
}

it("counts the time for which an idle device waits", async () => {
  const meter = new InputMeter();
  let seen = 0;
  for await (const each of meter.watch(late(5, 40))) if (each === batch) seen++;
  expect(seen).toBe(5);
  // Nothing is ever enqueued: all of it is waiting, but for the moments until the device is asked. Timers may be early.
  expect(meter.waited).toBeGreaterThan(5 * 20);
  expect(meter.waited).toBeLessThanOrEqual(meter.elapsed);
  const { elapsed } = meter;
  await sleep(5);
  expect(meter.elapsed).toBe(elapsed);
});

it("counts nothing where batches are there, nor while the device works", async () => {
  const meter = new InputMeter();
  for await (const _ of meter.watch(late(50, 0)));
  expect(meter.waited).toBe(0);
  for await (const _ of meter.watch([batch, batch]));
  expect(meter.waited).toBe(0);

  // Products that take far longer than the batch does.
  const side = tensor(new Float32Array(600 * 600).fill(1), [600, 600]);
  scope(() => {
    let x: Tensor = side;
    for (let i = 0; i < 100; i++) x = matmul(x, side);
  });
  device.submit();
  for await (const _ of meter.watch(late(1, 30)));
  expect(meter.elapsed).toBeGreaterThan(20);
  expect(meter.waited).toBe(0);
  await side.data();
  side.dispose();
});

it("begins anew with each set of batches, and ends them where it is left", async () => {
  const meter = new InputMeter();
  let ended = false;
  async function* endless() {
    try {
      for (;;) {
        await sleep(5);
        yield batch;
      }
    } finally {
      ended = true;
    }
  }
  for await (const _ of meter.watch(endless())) break;
  expect(ended).toBe(true);
  for await (const _ of meter.watch([batch]));
  expect(meter.waited).toBe(0);
});

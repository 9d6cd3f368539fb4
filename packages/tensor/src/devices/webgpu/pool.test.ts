import { describe, expect, it } from "vitest";
import type { DeviceError } from "../../errors.ts";
import { BufferPool } from "./pool.ts";

/** What a pool asks of a device: buffers, of which the adapter has no memory for those above `memory` bytes. */
function stubDevice(memory: number) {
  const destroyed: string[] = [];
  let refused = false;
  const device = {
    limits: { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 30 },
    pushErrorScope: () => {},
    popErrorScope: async () => (refused ? { message: "out of memory" } : null),
    createBuffer: ({ size, label }: { size: number; label: string }) => {
      refused = size > memory;
      return { size, destroy: () => destroyed.push(label) };
    },
  };
  return { device: device as unknown as GPUDevice, destroyed };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("BufferPool", () => {
  it("reports memory that the adapter does not have, and never hands that buffer out again", async () => {
    const { device, destroyed } = stubDevice(1 << 20);
    const errors: DeviceError[] = [];
    const pool = new BufferPool(device, { usage: 0, flush: () => {}, refused: (error) => errors.push(error) });
    const small = pool.take(1 << 20, "small");
    const inUse = pool.take(8 << 20, "in use");
    const given = pool.take(8 << 20, "given back");
    pool.give(given);
    await turn();
    expect(errors.map(({ message }) => message.split("\n")[0])).toEqual([
      "in use: out of memory on the webgpu device: asked for 8.0 MiB, 9.0 MiB in use, and the adapter has no more",
      "given back: out of memory on the webgpu device: asked for 8.0 MiB, 9.0 MiB in use, and the adapter has no more",
    ]);
    expect(destroyed).toEqual(["given back"]);
    pool.give(inUse);
    expect(destroyed).toEqual(["given back", "in use"]);
    expect(pool.memory).toEqual({ liveBlocks: 1, liveBytes: 1 << 20, reservedBytes: 1 << 20 });
    expect([given, inUse]).not.toContain(pool.take(8 << 20, "again"));
    pool.give(small);
    expect(pool.take(1 << 20, "small again")).toBe(small);
  });

  it("gives back what it kept of a batch that was too large, so that there is room for a smaller one", async () => {
    const { device, destroyed } = stubDevice(4 << 20);
    const flush = () => destroyed.push("flush");
    const pool = new BufferPool(device, { usage: 0, flush, refused: () => {} });
    const inUse = pool.take(1 << 20, "in use");
    const activations = [pool.take(4 << 20, "first"), pool.take(2 << 20, "second")];
    const refused = pool.take(8 << 20, "refused");
    for (const each of activations) pool.give(each); // the step failed, and its scope ended
    await turn();
    expect(destroyed).toEqual(["flush", "first", "second"]);
    pool.give(refused);
    expect(destroyed).toEqual(["flush", "first", "second", "refused"]);
    expect(pool.memory).toEqual({ liveBlocks: 1, liveBytes: 1 << 20, reservedBytes: 1 << 20 });
    pool.give(inUse);
    expect(pool.take(1 << 20, "smaller")).toBe(inUse);
  });

  it("destroys what it keeps before it refuses for a limit, after handing over what is queued", () => {
    const { device, destroyed } = stubDevice(2 ** 30);
    const events: string[] = destroyed;
    const flush = () => events.push("flush");
    const pool = new BufferPool(device, { usage: 0, limit: 4 << 20, flush, refused: () => {} });
    const first = pool.take(2 << 20, "first");
    pool.take(1 << 20, "second");
    pool.give(first);
    expect(() => pool.take(4 << 20, "third")).toThrow("third: out of memory on the webgpu device: asked for 4.0 MiB");
    expect(events).toEqual(["flush", "first"]);
    expect(pool.memory).toEqual({ liveBlocks: 1, liveBytes: 1 << 20, reservedBytes: 1 << 20 });
  });
});

import { describe, expect, it } from "vitest";
import { findAdapter } from "./adapter.ts";
import { listAdapters } from "./list-adapters.ts";

describe("listAdapters", async () => {
  const first = await findAdapter();
  const adapters = await listAdapters();

  it("gives a reason where there is none", () => {
    if (typeof first === "string") expect(adapters).toBe(first);
    else expect(adapters).toBeInstanceOf(Array);
  });

  it.skipIf(typeof first === "string")("lists each adapter once, with limits that hold and a device", async () => {
    if (typeof first === "string" || typeof adapters === "string") throw new Error("no adapter");
    expect(new Set(adapters.map(({ description }) => description)).size).toBe(adapters.length);
    for (const adapter of adapters) {
      const device = await adapter.open();
      try {
        expect(device.software).toBe(adapter.software);
        expect(device.description).toContain(adapter.description);
        expect(device.limits).toMatchObject(adapter.limits);
        const block = device.allocate(4, "test");
        device.write(block, Uint8Array.of(2, 3, 5, 7));
        expect([...new Uint8Array(await device.read(block, 4))]).toEqual([2, 3, 5, 7]);
      } finally {
        await device.destroy();
      }
    }
  });
});

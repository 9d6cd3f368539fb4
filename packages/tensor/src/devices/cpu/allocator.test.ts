import fc from "fast-check";
import { expect, it } from "vitest";
import { Allocator } from "./allocator.ts";
import { Staging } from "./staging.ts";

it("never hands out overlapping memory, pads and aligns it, and merges all of it again", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5000), fc.boolean(), fc.nat()), { maxLength: 80 }), (steps) => {
      let end = 1024;
      const grow = (byteLength: number) => {
        end += Math.ceil(byteLength / 1024) * 1024;
        return Math.ceil(byteLength / 1024) * 1024;
      };
      const allocator = new Allocator({ start: 64, end, limit: 1e9, grow });
      const live: { address: number; size: number }[] = [];
      for (const [size, release, pick] of steps) {
        if (release && live.length > 0) allocator.free(live.splice(pick % live.length, 1)[0]!.address);
        const address = allocator.allocate(size, "test");
        expect(address % 64).toBe(0);
        expect(address + size + 64).toBeLessThanOrEqual(end);
        for (const other of live) {
          expect(address + size + 64 <= other.address || other.address + other.size + 64 <= address).toBe(true);
        }
        live.push({ address, size });
      }
      for (const { address } of live) allocator.free(address);
      expect(allocator.liveBytes).toBe(0);
      expect(allocator.allocate(end - 128, "all of it")).toBe(64);
    }),
    { numRuns: 100 },
  );
});

it("takes the lowest address that fits", () => {
  const allocator = new Allocator({ start: 0, end: 1 << 20, limit: 1 << 20, grow: () => 0 });
  const [a, b, c] = [1000, 1000, 1000].map((size) => allocator.allocate(size, "test"));
  allocator.free(c!);
  allocator.free(a!);
  expect(allocator.allocate(500, "test")).toBe(a);
  expect(allocator.allocate(1000, "test")).toBe(c);
  allocator.free(b!);
});

it("stages uploads without overlap until the command that reads them is done", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 600 }), fc.nat(3)), { maxLength: 200 }), (uploads) => {
      const staging = new Staging(4096, 1024);
      let [command, completed] = [0, 0];
      const queued: { start: number; end: number; command: number }[] = [];
      for (const [size, done] of uploads) {
        completed = Math.min(command, completed + done);
        const start = staging.take(size, command + 1, completed);
        const busy = queued.filter((part) => part.command > completed);
        if (start < 0) {
          expect(busy.length).toBeGreaterThan(0);
          continue;
        }
        command++;
        expect(start).toBeGreaterThanOrEqual(4096);
        expect(start + size).toBeLessThanOrEqual(4096 + 1024);
        for (const part of busy) expect(start + size <= part.start || part.end <= start).toBe(true);
        queued.push({ start, end: start + size, command });
      }
    }),
  );
});

it("hands out nothing behind an end that moved back, whatever is freed there", () => {
  const allocator = new Allocator({ start: 0, end: 1024, limit: 8192, grow: (byteLength) => byteLength });
  const first = allocator.allocate(64, "first");
  const across = allocator.allocate(1024, "across the end");
  const behind = allocator.allocate(64, "behind the end");
  allocator.shrinkTo(1024, 4096);
  allocator.free(behind);
  allocator.free(across);
  expect(allocator.allocate(1024 - 128 - 64, "all that there is")).toBe(across);
  expect(allocator.allocate(64, "grown")).toBe(1024);
  expect([first, allocator.liveBlocks, allocator.liveBytes]).toEqual([0, 3, 128 + 896 + 128]);
});

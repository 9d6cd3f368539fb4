import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ShardFile, writeWhole } from "./shard-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tessera-shard-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const chunk = (length: number, value: number) => new Uint8Array(length).fill(value);

/** Makes every handle's next append fail as a full disk does. */
async function fillDisk(): Promise<void> {
  const handle = await open(join(folder, "probe"), "w");
  await handle.close();
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  vi.spyOn(Object.getPrototypeOf(handle), "appendFile").mockRejectedValue(full);
  rmSync(join(folder, "probe"));
}

describe.each(["NONE", "GZIP"] as const)("a shard file, compression %s", (compression) => {
  const content = (path: string) => {
    const bytes = readFileSync(path);
    return compression === "GZIP" ? gunzipSync(bytes) : bytes;
  };

  it("is nowhere until it is whole", async () => {
    const path = join(folder, "a.tfrecord");
    const file = await ShardFile.create(path, compression);
    for (let i = 0; i < 40; i++) await file.write(chunk(100_000, i));
    expect(readdirSync(folder)).toEqual([`a.tfrecord.${process.pid}.tmp`]);
    const { bytes, sha256 } = await file.commit();
    expect(readdirSync(folder)).toEqual(["a.tfrecord"]);
    const whole = Buffer.concat(Array.from({ length: 40 }, (_, i) => chunk(100_000, i)));
    expect(content(path).equals(whole)).toBe(true);
    expect({ bytes, sha256 }).toEqual({
      bytes: readFileSync(path).length,
      sha256: createHash("sha256").update(readFileSync(path)).digest("hex"),
    });
  });

  it("removes what a killed process left, and nothing else", async () => {
    const others = ["a.tfrecord.9.tmp.txt", "a-0.tfrecord.9.tmp", "a.tfrecord"];
    for (const name of ["a.tfrecord.1.tmp", ...others]) writeFileSync(join(folder, name), "x");
    const file = await ShardFile.create(join(folder, "a.tfrecord"), compression);
    await file.abandon();
    expect(readdirSync(folder).sort()).toEqual([...others].sort());
  });

  it("says that the disk is full, and leaves nothing", async () => {
    const path = join(folder, "a.tfrecord");
    const file = await ShardFile.create(path, compression);
    await fillDisk();
    const write = async () => {
      for (let i = 0; i < 100; i++) await file.write(Uint8Array.from({ length: 100_000 }, (_, k) => (k * k * i) >> 3));
      await file.commit();
    };
    await expect(write()).rejects.toThrow(
      /a\.tfrecord: no space left on this disk after 0 bytes of it\n {2}hint: make room/,
    );
    await file.abandon();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("of two processes at one file the earlier one fails, and the later one's is whole", async () => {
    const path = join(folder, "a.tfrecord");
    const earlier = await ShardFile.create(path, compression);
    const later = await ShardFile.create(path, compression);
    await Promise.all([earlier.write(chunk(10, 1)), later.write(chunk(10, 2))]);
    await later.commit();
    await expect(earlier.commit()).rejects.toThrow("a.tfrecord: another process writes this file");
    expect([...content(path)]).toEqual([...chunk(10, 2)]);
  });
});

it("writeWhole replaces a small file, or leaves it as it was", async () => {
  const path = join(folder, "a.json");
  await writeWhole(path, "1");
  await writeWhole(path, "22");
  expect(readFileSync(path, "utf8")).toBe("22");
  await fillDisk();
  await expect(writeWhole(path, "333")).rejects.toThrow("no space left");
  expect(readFileSync(path, "utf8")).toBe("22");
  expect(readdirSync(folder)).toEqual(["a.json"]);
  expect(existsSync(join(folder, "a.json"))).toBe(true);
});

/** @file A browser's way to a set, beside Node's: the same sets, and the same care with what is broken. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cifar100, tarOf } from "../../fixtures/cifar-archive.ts";
import mini from "../../fixtures/cifar-mini.json" with { type: "json" };
import { readImageSet, writeNpz } from "../index.ts";
import { loadImageSet } from "../node.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tessera-read-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const fileOf = (bytes: Uint8Array, name: string) => new File([new Uint8Array(bytes)], name);

async function loaded(bytes: Uint8Array, name: string) {
  await writeFile(join(folder, name), bytes);
  return loadImageSet(join(folder, name));
}

const y = { dtype: "i4", shape: [10], data: Int32Array.from({ length: 10 }, (_, i) => i % 2) } as const;
const npz = writeNpz({ x_train: { dtype: "u1", shape: [10, 2, 2, 3], data: new Uint8Array(120).fill(7) }, y_train: y });

describe("readImageSet", () => {
  it.each([
    ["CIFAR-100", "set.tar.gz", () => cifar100()],
    ["CIFAR-10 of Python 2", "two.tar.gz", async () => Buffer.from(mini["python 2"], "base64")],
    [".npz", "mine.npz", async () => npz],
  ])("reads %s as loadImageSet does", async (_, name, make) => {
    const bytes = await make();
    expect(await readImageSet(fileOf(bytes, name))).toEqual(await loaded(bytes, name));
  });

  it("says how far it is", async () => {
    const file = fileOf(await cifar100(), "set.tar.gz");
    const seen: number[] = [];
    await readImageSet(file, { onProgress: ({ bytes }) => seen.push(bytes) });
    expect(seen.at(-1)).toBe(file.size);
  });

  it("refuses what it cannot read, by name", async () => {
    const said = (bytes: Uint8Array) => readImageSet(fileOf(bytes, "a file"));
    const archive = await cifar100();
    await expect(said(Buffer.from("hello"))).rejects.toThrow(
      "a file: expected CIFAR-10 or CIFAR-100 (the .tar.gz) or a .npz with images, found a file of another kind",
    );
    await expect(said(new Uint8Array(0))).rejects.toThrow("found an empty file");
    await expect(said(archive.subarray(0, archive.length / 2))).rejects.toThrow(
      /^a file: the archive cannot be read: it is no gzip archive, ends early or is damaged \((in or after|before).*, \d+ bytes into the file\); download it again$/,
    );
    await expect(said(gzipSync(gunzipSync(archive).subarray(0, 2000)))).rejects.toThrow(
      /: it ends early \(in or after member "cifar-100-python\/meta"/,
    );
    const damaged = gunzipSync(archive);
    damaged[3]! ^= 1;
    await expect(said(gzipSync(damaged))).rejects.toThrow(
      /it is no tar file, or a header of it is damaged \(before the/,
    );
    await expect(said(gzipSync(await tarOf({ "a/b": Buffer.from("c") })))).rejects.toThrow(
      /^a file: expected an archive with cifar-100-python\/meta or .*, found none/,
    );
    await expect(readImageSet(fileOf(archive, "a"), { labels: "both" as "fine" })).rejects.toThrow(
      'readImageSet: labels: expected "fine" or "coarse", got "both"',
    );
  });
});

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cifar100, tarOf } from "../../fixtures/cifar-archive.ts";
import { CorruptRecordError, DataError, MissingDataError } from "../index.ts";
import { loadCifar } from "../node.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tessera-binary-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

type Members = Record<string, Uint8Array | undefined>;

/** A record with these label bytes, all red `red`, green 2, blue 3. */
function record(labels: number[], red: number): number[] {
  return [...labels, ...Array(1024).fill(red), ...Array(1024).fill(2), ...Array(1024).fill(3)];
}

const lines = (prefix: string, count: number) =>
  Buffer.from(`${Array.from({ length: count }, (_, i) => `${prefix} ${i}`).join("\n")}\n\n`);

/** Batch i has one image of class i and one of class i + 1, red as its class. */
function cifar10(changes: Members = {}): Members {
  const batches = [1, 2, 3, 4, 5].map((i) => [
    `data_batch_${i}.bin`,
    Uint8Array.from([...record([i], i), ...record([i + 1], i + 1)]),
  ]);
  const test = Uint8Array.from(record([9], 200));
  return { "batches.meta.txt": lines("class", 10), ...Object.fromEntries(batches), "test_batch.bin": test, ...changes };
}

function cifar100Binary(changes: Members = {}): Members {
  return {
    "fine_label_names.txt": lines("fine", 100),
    "coarse_label_names.txt": lines("coarse", 20),
    "train.bin": Uint8Array.from([...record([19, 3], 7), ...record([0, 99], 8)]),
    "test.bin": Uint8Array.from(record([19, 3], 9)),
    ...changes,
  };
}

async function extracted(place: string, folder: string, members: Members): Promise<string> {
  const path = join(root, place, folder);
  await mkdir(path, { recursive: true });
  for (const [name, bytes] of Object.entries(members)) if (bytes) await writeFile(join(path, name), bytes);
  return path;
}

async function packed(place: string, folder: string, members: Members): Promise<string> {
  const path = join(root, place);
  const inFolder = Object.fromEntries(Object.entries(members).map(([name, bytes]) => [`${folder}/${name}`, bytes]));
  await writeFile(path, gzipSync(await tarOf(inFolder)));
  return path;
}

describe("CIFAR-10 in binary", () => {
  it("is read from the archive, the folder and the folder around it", async () => {
    const folder = await extracted("ten", "cifar-10-batches-bin", cifar10());
    for (const path of [folder, join(root, "ten"), await packed("ten.tar.gz", "cifar-10-batches-bin", cifar10())]) {
      const { name, train, test, classNames } = await loadCifar(path);
      expect(name).toBe("cifar-10");
      expect(train.shape).toEqual([10, 32, 32, 3]);
      expect([...train.labels]).toEqual([1, 2, 2, 3, 3, 4, 4, 5, 5, 6]);
      expect([...train.images.subarray(3 * 3072, 3 * 3072 + 6)]).toEqual([3, 2, 3, 3, 2, 3]);
      expect([...test.labels]).toEqual([9]);
      expect([...test.images.subarray(-3)]).toEqual([200, 2, 3]);
      expect(classNames).toEqual(Array.from({ length: 10 }, (_, i) => `class ${i}`));
    }
  });
});

describe("CIFAR-100 in binary", () => {
  it("has the coarse label first", async () => {
    const path = await extracted("hundred", "cifar-100-binary", cifar100Binary());
    const fine = await loadCifar(path);
    expect(fine.name).toBe("cifar-100");
    expect([...fine.train.labels]).toEqual([3, 99]);
    expect([...fine.train.coarseLabels!]).toEqual([19, 0]);
    expect([...fine.train.images.subarray(0, 3)]).toEqual([7, 2, 3]);
    expect(fine.classNames[99]).toBe("fine 99");
    expect(fine.superclassNames![fine.superclassOf![3]!]).toBe("coarse 19");
    const coarse = await loadCifar(path, { labels: "coarse" });
    expect([...coarse.train.labels]).toEqual([19, 0]);
    expect(coarse.classNames).toEqual(fine.superclassNames);
  });
});

describe("damage is named with file, record and byte", () => {
  const two = (label: number) => Uint8Array.from([...record([1], 1), ...record([label], 1)]);

  it.each<[string, Members, new (...args: never[]) => DataError, string]>([
    [
      "a short record at the end",
      { "data_batch_3.bin": two(1).subarray(0, 6000) },
      CorruptRecordError,
      "data_batch_3.bin: record 1: expected 3073 bytes at byte 3073, found 2927",
    ],
    [
      "a label that the set does not have",
      { "test_batch.bin": two(10) },
      CorruptRecordError,
      "test_batch.bin: record 1: expected a label from 0 to 9 at byte 3073, found 10",
    ],
    [
      "an empty file",
      { "data_batch_1.bin": new Uint8Array(0) },
      CorruptRecordError,
      "data_batch_1.bin: record 0: expected 3073 bytes at byte 0, found 0",
    ],
    [
      "too few names",
      { "batches.meta.txt": lines("class", 9) },
      DataError,
      "batches.meta.txt: expected 10 class names",
    ],
    ["a missing file", { "data_batch_5.bin": undefined }, MissingDataError, "data_batch_5.bin"],
  ])("%s", async (name, changes, type, message) => {
    const folder = await extracted(`bad ${name}`, "cifar-10-batches-bin", cifar10(changes));
    for (const path of [folder, await packed(`bad ${name}.tar.gz`, "cifar-10-batches-bin", cifar10(changes))]) {
      const error = await loadCifar(path).then(
        () => expect.unreachable(),
        (e: Error) => e,
      );
      expect(error).toBeInstanceOf(type);
      expect(error.message).toContain(message);
      expect(error.message).toContain(path);
    }
  });

  it("a fine or a coarse label of CIFAR-100", async () => {
    const load = async (labels: number[]) =>
      loadCifar(
        await extracted(
          "labels",
          "cifar-100-binary",
          cifar100Binary({ "test.bin": Uint8Array.from(record(labels, 0)) }),
        ),
      );
    await expect(load([20, 3])).rejects.toThrow("record 0: expected a coarse label from 0 to 19 at byte 0, found 20");
    await expect(load([19, 100])).rejects.toThrow("record 0: expected a fine label from 0 to 99 at byte 1, found 100");
  });
});

describe("several things in one folder", () => {
  it("reads the one that is whole", async () => {
    await extracted("several", "cifar-10-batches-bin", cifar10({ "data_batch_2.bin": undefined }));
    const place = join(root, "several");
    await expect(loadCifar(place)).rejects.toThrow("data_batch_2.bin: no such file");
    await packed("several/cifar-10-binary.tar.gz", "cifar-10-batches-bin", cifar10());
    expect((await loadCifar(place)).train.shape[0]).toBe(10);
    await writeFile(join(place, "cifar-100-python.tar.gz"), await cifar100());
    await expect(loadCifar(place)).rejects.toThrow("found cifar-10-binary.tar.gz and cifar-100-python.tar.gz");
  });

  it("takes no unfinished download for data", async () => {
    const place = join(root, "unfinished");
    await mkdir(place);
    const partial = join(place, "cifar-100-python.tar.gz.partial");
    await writeFile(partial, await cifar100());
    const message = `${partial}: an unfinished download; run the same download again to finish it`;
    await expect(loadCifar(place)).rejects.toThrow(message);
    await expect(loadCifar(partial)).rejects.toThrow(message);
    const folder = await extracted("half", "cifar-10-batches-bin", cifar10({ "test_batch.bin": undefined }));
    await writeFile(join(folder, "test_batch.bin.partial"), cifar10()["test_batch.bin"]!);
    await expect(loadCifar(folder)).rejects.toThrow("test_batch.bin: no such file");
  });
});

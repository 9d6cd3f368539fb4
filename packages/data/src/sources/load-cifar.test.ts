import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { batch, cifar100, type Members, tarOf } from "../../fixtures/cifar-archive.ts";
import mini from "../../fixtures/cifar-mini.json" with { type: "json" };
import { dict, ints, ndarray, pickle, str } from "../../fixtures/pickle-writer.ts";
import {
  ArgumentError,
  CorruptArchiveError,
  CorruptRecordError,
  DataError,
  type ImageSet,
  MissingDataError,
  PickleError,
} from "../index.ts";
import { loadCifar } from "../node.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tessera-cifar-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const archiveOf = (name: "python 2" | "python 3") => Buffer.from(mini[name], "base64");

const NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

describe("CIFAR-10 as Python 2 and Python 3 pickle it", () => {
  it.each(["python 2", "python 3"] as const)("%s", async (name) => {
    const path = await put(`${name}/cifar-10-python.tar.gz`, archiveOf(name));
    const cifar = await loadCifar(path);
    expect(cifar.name).toBe("cifar-10");
    expect(cifar.classNames).toEqual(NAMES);
    expect(cifar).not.toHaveProperty("superclassNames");
    expect(cifar.train.shape).toEqual([20, 32, 32, 3]);
    expect(cifar.test.shape).toEqual([4, 32, 32, 3]);
    // Batches in the order of their numbers, though the archive has them as 4, 1, 5, 3, 2.
    expect([...cifar.train.labels]).toEqual([4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3]);
    expect([...cifar.train.images.subarray(0, 9)]).toEqual([4, 14, 24, 1, 2, 3, 4, 14, 24]);
    expect([...cifar.train.images.subarray(5 * 3072, 5 * 3072 + 3)]).toEqual([9, 19, 29]);
    expect([...cifar.test.images.subarray(-3)]).toEqual([43, 53, 63]);
  });

  it("is found in any of its places, extracted before packed", async () => {
    const path = await put("places/cifar-10-python.tar.gz", archiveOf("python 2"));
    const packed = digests((await loadCifar(dirname(path))).train);
    await extractTo(dirname(path), archiveOf("python 2"));
    await writeFile(path, "not read");
    const renamed = await put("renamed.bin", archiveOf("python 2"));
    for (const place of [dirname(path), join(dirname(path), "cifar-10-batches-py"), renamed]) {
      expect(digests((await loadCifar(place)).train)).toEqual(packed);
    }
  });

  it("has no coarse labels", async () => {
    const path = await put("coarse.tar.gz", archiveOf("python 2"));
    await expect(loadCifar(path, { labels: "coarse" })).rejects.toThrow(
      'loadCifar: labels: expected "fine" for cifar-10, which has no superclasses, got "coarse"',
    );
    await expect(loadCifar(path, { labels: "rough" as "fine" })).rejects.toThrow(
      'loadCifar: labels: expected "fine" or "coarse", got "rough"',
    );
  });
});

describe("CIFAR-100", () => {
  it("gives both levels of labels", async () => {
    const path = await put("100.tar.gz", await cifar100());
    const fine = await loadCifar(path);
    expect([...fine.train.labels]).toEqual([3, 99, 3]);
    expect([...fine.train.coarseLabels!]).toEqual([19, 0, 19]);
    expect(fine.classNames[60]).toBe("class 60");
    expect(fine.superclassNames![19]).toBe("superclass 19");
    expect([fine.superclassOf![3], fine.superclassOf![99], fine.superclassOf![4]]).toEqual([19, 0, -1]);
    const coarse = await loadCifar(path, { labels: "coarse" });
    expect([...coarse.train.labels]).toEqual([19, 0, 19]);
    expect(coarse.classNames).toEqual(fine.superclassNames);
    expect(coarse.train).not.toHaveProperty("coarseLabels");
  });

  it.each<[string, Members, new (...args: never[]) => DataError, string]>([
    [
      "a row cut short",
      { train: batch({ data: str("x".repeat(200)) }) },
      CorruptRecordError,
      ': record 0: expected a row of 3072 bytes at byte 0 of "data", found 200',
    ],
    [
      "rows of another width",
      { train: batch({ data: ndarray([3, 3071], new Uint8Array(3 * 3071)) }) },
      CorruptRecordError,
      ": record 0: expected rows of 3072 bytes, found 3071",
    ],
    [
      "bytes missing from the last row",
      { train: batch({ data: ndarray([3, 3072], new Uint8Array(3 * 3072 - 1)) }) },
      PickleError,
      "an ndarray u1 [3, 3072] needs 9216 bytes, found 9215",
    ],
    [
      "images of another type",
      { train: batch({ data: ndarray([3, 3072], new Uint8Array(4 * 3 * 3072), "i4") }) },
      DataError,
      '"data": expected a uint8 array [N, 3072], found a numpy array of i4',
    ],
    [
      "fewer labels than rows",
      { train: batch({ fine_labels: ints([1, 2]) }) },
      CorruptRecordError,
      ': record 2: "fine_labels": expected 3 labels, one for each row of "data", found 2',
    ],
    ["more labels than rows", { train: batch({ fine_labels: ints([1, 2, 3, 4]) }) }, CorruptRecordError, ": record 3:"],
    [
      "a label too high",
      { test: batch({ fine_labels: ints([3, 100, 3]) }) },
      CorruptRecordError,
      ': record 1: "fine_labels": expected a label from 0 to 99, found 100',
    ],
    [
      "a negative label",
      { test: batch({ coarse_labels: ints([19, 0, -1]) }) },
      CorruptRecordError,
      ': record 2: "coarse_labels": expected a label from 0 to 19, found -1',
    ],
    [
      "a label that is text",
      { test: batch({ fine_labels: pickle("](", str("3"), str("99"), str("3"), "e") }) },
      CorruptRecordError,
      ": record 0: ",
    ],
    [
      "superclasses that disagree",
      { test: batch({ coarse_labels: ints([18, 0, 19]) }) },
      CorruptRecordError,
      "record 0: fine label 3 lies in superclass 18, but in 19 before",
    ],
    [
      "no images",
      { train: batch({ data: undefined }) },
      DataError,
      'expected the key "data", found "fine_labels", "coarse_labels"',
    ],
    [
      "too few names",
      { meta: dict({ fine_label_names: pickle("]"), coarse_label_names: pickle("]") }) },
      DataError,
      '"fine_label_names": expected 100 class names, found 0',
    ],
    ["a list instead of a dict", { train: pickle("].") }, DataError, "expected a pickled dict, found another value"],
    [
      "a pickle that wants to act",
      { train: pickle("cposix\nsystem\n(S'id'\ntR.") },
      PickleError,
      ": GLOBAL at byte 0: the pickle asks for posix.system",
    ],
  ])("refuses %s, from the archive and from the folder", async (name, members, type, message) => {
    const packed = await cifar100(members);
    const path = await put(`bad/${name}/cifar-100-python.tar.gz`, packed);
    const error: Error = await loadCifar(path).then(
      () => expect.unreachable(),
      (e) => e,
    );
    expect(error).toBeInstanceOf(type);
    expect(error.message).toContain(message);
    expect(error.message).toContain(path);
    expect(error.message).not.toContain("\n");
    if (!message.startsWith("record"))
      expect(error.message).toContain(`member cifar-100-python/${Object.keys(members)[0]}: `);
    await extractTo(dirname(path), packed);
    await expect(loadCifar(dirname(path))).rejects.toThrow(message);
  });
});

describe("archives and folders that are not whole", () => {
  it("names a missing member", async () => {
    const path = await put("missing.tar.gz", await cifar100({ test: undefined }));
    await expect(loadCifar(path)).rejects.toThrow(
      `${path}: missing cifar-100-python/test; the data are not complete: extract or download them again`,
    );
    await expect(loadCifar(path)).rejects.toThrow(MissingDataError);
  });

  it("names a missing file of an extracted folder", async () => {
    const path = join(root, "partial");
    await extractTo(path, await cifar100({ test: undefined }));
    await expect(loadCifar(path)).rejects.toThrow(
      `${join(path, "cifar-100-python", "test")}: no such file; cifar-100 is not complete here: extract or download it again`,
    );
  });

  it("says that there is nothing", async () => {
    await expect(loadCifar(join(root, "nowhere"))).rejects.toThrow("no such file or folder; get CIFAR from https://");
    await mkdir(join(root, "hollow"));
    await expect(loadCifar(join(root, "hollow"))).rejects.toThrow(
      "expected one of cifar-100-python, cifar-100-python.tar.gz",
    );
    const other = await put("other.tar.gz", gzipSync(await tarOf({ "a/b": pickle("N.") })));
    await expect(loadCifar(other)).rejects.toThrow(
      "expected an archive with cifar-100-python/meta or cifar-10-batches-py/batches.meta",
    );
  });

  it("does not choose between two sets", async () => {
    const path = join(root, "both");
    await extractTo(path, await cifar100());
    await extractTo(path, archiveOf("python 2"));
    await expect(loadCifar(path)).rejects.toThrow(ArgumentError);
    await expect(loadCifar(path)).rejects.toThrow("found cifar-100-python and cifar-10-batches-py; pass one of them");
  });

  it("reports a truncated archive wherever it is cut", async () => {
    const whole = await cifar100();
    for (const share of [0, 0.1, 0.5, 0.9, 0.999]) {
      const end = Math.floor(whole.length * share);
      const path = await put("cut.tar.gz", whole.subarray(0, end));
      const error = await loadCifar(path).then(
        () => expect.unreachable(),
        (e) => e,
      );
      expect(error).toBeInstanceOf(CorruptArchiveError);
      expect(error).toMatchObject({ offset: end });
      expect(error.message).toMatch(
        /cut\.tar\.gz: the archive ends early \(.*bytes into the file\); download it again$/,
      );
    }
  });

  it("reports a tar that ends early inside a whole gzip", async () => {
    const tar = gunzipSync(await cifar100());
    const path = await put("short-tar.tar.gz", gzipSync(tar.subarray(0, 20_000)));
    await expect(loadCifar(path)).rejects.toThrow(
      /the archive ends early \(in or after member "cifar-100-python\/train"/,
    );
  });

  it("reports other formats and flipped bits", async () => {
    const page = await put("page.tar.gz", Buffer.from("<html>404</html>"));
    await expect(loadCifar(page)).rejects.toThrow(
      "page.tar.gz: expected a gzip archive, found another format; download it again",
    );
    const text = await put("text.tar.gz", gzipSync(Buffer.alloc(2048, "text")));
    await expect(loadCifar(text)).rejects.toThrow(
      /the archive cannot be read: Invalid tar header.*before the first member/,
    );
    const flipped = Buffer.from(await cifar100());
    flipped[flipped.length - 8]! ^= 1;
    const path = await put("flipped.tar.gz", flipped);
    await expect(loadCifar(path)).rejects.toThrow(/the archive cannot be read: incorrect data check/);
  });

  it("refuses a member that claims to be giant", async () => {
    const tar = gunzipSync(await cifar100());
    tar.write("37777777777", 124, "latin1");
    tar.fill(" ", 148, 156);
    const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, "0")}\0`, 148, "latin1");
    const path = await put("giant.tar.gz", gzipSync(tar));
    await expect(loadCifar(path)).rejects.toThrow("it claims 4294967295 bytes, more than the 1073741824");
  });
});

const data = process.env.TESSERA_DATA ?? resolve(fileURLToPath(import.meta.url), "../../../../../../shared/data");
const real = join(data, "cifar-100-python.tar.gz");
const absent = !existsSync(real);
if (absent) console.warn(`SKIPPED: the real CIFAR-100: no ${real}; point TESSERA_DATA to the folder that has it`);

describe.skipIf(absent)("the real CIFAR-100", () => {
  it("is what Python reads from it", async () => {
    const cifar = await loadCifar(real);
    expect(cifar.train.shape).toEqual([50000, 32, 32, 3]);
    expect(cifar.test.shape).toEqual([10000, 32, 32, 3]);
    expect(digests(cifar.train)).toEqual(mini["cifar-100"].train);
    expect(digests(cifar.test)).toEqual(mini["cifar-100"].test);
    for (const [set, share] of [
      [cifar.train, 500],
      [cifar.test, 100],
    ] as const) {
      expect(new Set(counts(set.labels, 100))).toEqual(new Set([share]));
      expect(new Set(counts(set.coarseLabels!, 20))).toEqual(new Set([5 * share]));
    }
    expect([0, 60, 99].map((label) => cifar.classNames[label])).toEqual(["apple", "plain", "worm"]);
    const superclass = (name: string) => cifar.superclassNames![cifar.superclassOf![cifar.classNames.indexOf(name)]!];
    expect(superclass("beaver")).toBe("aquatic_mammals");
    expect(superclass("tractor")).toBe("vehicles_2");
    expect(counts(cifar.superclassOf!, 20)).toEqual(Array(20).fill(5));
  });
});

function counts(labels: Int32Array, classes: number): number[] {
  const result = Array<number>(classes).fill(0);
  for (const label of labels) result[label]!++;
  return result;
}

function digests({ images, labels, coarseLabels }: ImageSet) {
  const hash = (bytes: Uint8Array | Int32Array) => createHash("sha256").update(bytes).digest("hex");
  return { images: hash(images), labels: hash(labels), coarseLabels: hash(coarseLabels ?? labels) };
}

async function put(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(root, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

/** Writes the members of a small archive below `folder`. */
async function extractTo(folder: string, archive: Uint8Array): Promise<void> {
  const tar = gunzipSync(archive);
  for (let at = 0; tar[at]; ) {
    const name = tar.toString("latin1", at, tar.indexOf(0, at));
    const size = Number.parseInt(tar.toString("latin1", at + 124, at + 135), 8);
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), tar.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

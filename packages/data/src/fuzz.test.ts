/**
 * @file Mutated files: an error of this package's classes or the right data, never a hang, a crash, or gigabytes. A part
 * of the cases runs always, all of them with TESSERA_FULL=1; the same ones each time.
 */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cifar100 } from "../fixtures/cifar-archive.ts";
import mini from "../fixtures/cifar-mini.json" with { type: "json" };
import numpyFixtures from "../fixtures/numpy.json" with { type: "json" };
import pickles from "../fixtures/pickles.json" with { type: "json" };
import { DataError, type LabelledSet, readNpy, readNpz, unpickle } from "./index.ts";
import { extractArchive, loadCifar } from "./node.ts";

const full = process.env.TESSERA_FULL === "1";
if (!full) console.warn("SKIPPED: all but a 25th of the fuzzed files: set TESSERA_FULL=1");
const runs = (all: number) => ({ numRuns: full ? all : Math.ceil(all / 25), seed: 20260101 });

let root = "";
let before = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tessera-fuzz-"));
  before = process.resourceUsage().maxRSS;
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
  // In kibibytes: whatever the files claim, none makes its reader take a gigabyte.
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(2 ** 20);
});

type Change = (bytes: Uint8Array) => Uint8Array;

const join2 = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
/** Bytes that lengths, counts and instructions are made of, and any others. */
const byte = fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x28, 0x2e, 0x52, 0x62, 0x68), fc.nat(255));
/** A place, as a share of the length: of doubles themselves most would lie at the very beginning. */
const place = fc.noBias(fc.nat(2 ** 30 - 1)).map((n) => n / 2 ** 30);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, byte).map(
    ([at, value]): Change =>
      (bytes) => {
        const out = bytes.slice();
        out[Math.floor(at * out.length)] = value;
        return out;
      },
  ),
  fc.tuple(place, fc.nat(7)).map(
    ([at, bit]): Change =>
      (bytes) => {
        const out = bytes.slice();
        out[Math.floor(at * out.length)]! ^= 1 << bit;
        return out;
      },
  ),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 8 })).map(
    ([at, more]): Change =>
      (bytes) => {
        const index = Math.floor(at * bytes.length);
        return join2(bytes.subarray(0, index), more, bytes.subarray(index));
      },
  ),
  fc.tuple(place, place, fc.nat(64)).map(
    ([at, from, length]): Change =>
      (bytes) => {
        const [to, start] = [Math.floor(at * bytes.length), Math.floor(from * bytes.length)];
        return join2(bytes.subarray(0, to), bytes.subarray(start, start + length), bytes.subarray(to));
      },
  ),
  fc.tuple(place, fc.nat(64)).map(
    ([at, length]): Change =>
      (bytes) => {
        const index = Math.floor(at * bytes.length);
        return join2(bytes.subarray(0, index), bytes.subarray(index + length));
      },
  ),
  place.map(
    (end): Change =>
      (bytes) =>
        bytes.slice(0, Math.floor(end * bytes.length)),
  ),
);
const changes = fc.array(change, { minLength: 1, maxLength: 4 }).map(
  (all): Change =>
    (bytes) =>
      all.reduce((changed, each) => (changed.length > 0 ? each(changed) : changed), bytes),
);

/** What came of a mutated file; undefined for an error, which must be one of this package's on one line. */
function judge<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): undefined {
  if (!(error instanceof DataError)) throw error;
  expect(error.message.replace(/\n {2}hint: .*/, "")).not.toMatch(/[\n\r]/);
}

const decode = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

describe("pickles", () => {
  const files = [...Object.values(pickles), ...Object.values(numpyFixtures.pickles)].map(decode);
  const encoding = fc.constantFrom("bytes" as const, "latin1" as const, "ASCII" as const, "utf-8" as const);
  it("of every protocol", () => {
    fc.assert(
      fc.property(fc.constantFrom(...files), changes, encoding, (file, mutate, encoding) => {
        judge(() => unpickle(mutate(file), { encoding }));
      }),
      runs(6000),
    );
  });
});

describe("npy and npz", () => {
  const npys = Object.values(numpyFixtures.npy).map(decode);
  it("arrays", () => {
    fc.assert(
      fc.property(fc.constantFrom(...npys), changes, (file, mutate) => {
        judge(() => readNpy(mutate(file), { allowPickle: true }));
      }),
      runs(2000),
    );
  });

  const npzs = Object.values(numpyFixtures.npz).map(decode);
  it("archives, whose arrays are right or refused", () => {
    const expected = readNpz(npzs[0]!);
    fc.assert(
      fc.property(fc.constantFrom(...npzs), changes, (file, mutate) => {
        const arrays = judge(() => readNpz(mutate(file)));
        for (const [name, array] of arrays ?? []) if (expected.has(name)) expect(array).toEqual(expected.get(name));
      }),
      runs(1500),
    );
  });
});

/** Writes, reads and judges one file after the other, each under its own name. */
function reader<T>(read: (path: string) => Promise<T>) {
  let count = 0;
  return async (bytes: Uint8Array): Promise<T | undefined> => {
    const path = join(root, `${count++}.tar.gz`);
    await writeFile(path, bytes);
    const value = await read(path).catch(refuse);
    await rm(path);
    return value;
  };
}

describe("archives", () => {
  const files = [decode(mini["python 2"]), decode(mini["python 3"])];
  const load = reader((path) => loadCifar(path));

  it("mutated as they lie on the disk give the right data or an error", async () => {
    const expected = new Map<Uint8Array, LabelledSet>();
    for (const file of files) expected.set(file, (await load(file))!);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), changes, async (file, mutate) => {
        const set = await load(mutate(file));
        if (set) expect(set).toEqual(expected.get(file));
      }),
      runs(1500),
    );
  });

  it("mutated inside give a set that fits together or an error", async () => {
    const tars = [...files, await cifar100()].map((file) => new Uint8Array(gunzipSync(file)));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...tars), changes, async (tar, mutate) => {
        const set = await load(gzipSync(mutate(tar), { level: 1 }));
        for (const part of set ? [set.train, set.test] : []) {
          expect(part.images.length).toBe(part.labels.length * 3072);
          expect(part.shape).toEqual([part.labels.length, 32, 32, 3]);
        }
      }),
      runs(1500),
    );
  });

  it("are extracted below the folder, whole, or not at all", async () => {
    const tar = new Uint8Array(gunzipSync(await cifar100()));
    const dir = join(root, "out", "inner");
    const unpack = reader((path) => extractArchive(path, { dir }));
    await fc.assert(
      fc.asyncProperty(changes, async (mutate) => {
        const done = await unpack(gzipSync(mutate(tar), { level: 1 }));
        const outside = (await readdir(join(root, "out")).catch(() => [])).filter((name) => name !== "inner");
        expect(outside).toEqual([]);
        expect(await readdir(dir).catch(() => [])).toHaveLength(done ? 1 : 0);
        await rm(dir, { recursive: true, force: true });
      }),
      runs(1000),
    );
  });
});

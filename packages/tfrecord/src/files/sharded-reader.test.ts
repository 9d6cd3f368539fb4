import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { encodeRecord, type RecordLoss, shardName } from "../index.ts";
import { buildIndex, resolveShards, type ShardedOptions, ShardedReader } from "../node.ts";

const root = mkdtempSync(join(tmpdir(), "tessera-shards-"));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, "case-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Shards of as many records each, numbered through; with their paths. */
function writeShards(sizes: readonly number[], { gzip = false, into = folder } = {}): string {
  let id = 0;
  for (const [i, size] of sizes.entries()) {
    const frames = Array.from({ length: size }, () => encodeRecord(new TextEncoder().encode(`${id++}`)));
    const bytes = Buffer.concat(frames);
    writeFileSync(join(into, shardName("train", i, sizes.length)), gzip ? gzipSync(bytes) : bytes);
  }
  return join(into, "train-*");
}

async function take(reader: ShardedReader, count = Number.POSITIVE_INFINITY): Promise<number[]> {
  const ids: number[] = [];
  if (count === 0) return ids;
  for await (const { data } of reader) {
    ids.push(Number(new TextDecoder().decode(data)));
    if (ids.length === count) break;
  }
  return ids;
}

async function readAll(files: string, options: ShardedOptions = {}, epochs = 1): Promise<number[][]> {
  await using reader = await ShardedReader.open(files, options);
  const found = [];
  for (let epoch = 0; epoch < epochs; epoch++) found.push(await take(reader));
  return found;
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("resolveShards", () => {
  it("expands wildcards in files and folders, in order of the numbers", async () => {
    mkdirSync(join(folder, "a/x"), { recursive: true });
    mkdirSync(join(folder, "b/x"), { recursive: true });
    for (const name of [
      "a/x/val-10.tfrecord",
      "a/x/val-9.tfrecord",
      "b/x/val-1.tfrecord",
      "a/x/.val-3.tfrecord",
      "a/x/notes.txt",
    ]) {
      writeFileSync(join(folder, name), "");
    }
    const resolve = async (pattern: string) =>
      (await resolveShards(join(folder, pattern), { allowGaps: true })).map((path) => path.slice(folder.length + 1));
    expect(await resolve("*/x/val-*.tfrecord")).toEqual([
      "a/x/val-9.tfrecord",
      "a/x/val-10.tfrecord",
      "b/x/val-1.tfrecord",
    ]);
    expect(await resolve("?/x/val-?.tfrecord")).toEqual(["a/x/val-9.tfrecord", "b/x/val-1.tfrecord"]);
    expect(await resolve("[!a]/x/*")).toEqual(["b/x/val-1.tfrecord"]);
    expect(await resolve("a/x/.val*")).toEqual(["a/x/.val-3.tfrecord"]);
    await expect(resolve("a/x/*.gz")).rejects.toThrow(`${join(folder, "a/x/*.gz")}: no file matches`);
    await expect(resolve("**/val-*")).rejects.toThrow("got **");
    await expect(resolveShards(join(folder, "a/x/val-*"))).rejects.toThrow("lacks numbers 1 to 8");
    expect(await resolveShards("no-00000-of-00002")).toEqual(["no-00000-of-00002"]);
    for (const name of ["odd[1]-0.tfrecord", "odd1-0.tfrecord", "odd1-0.tfrecord.9.tmp", "odd1-0.stats.json"]) {
      writeFileSync(join(folder, name), "");
    }
    // The very name of a file goes before what else it would match.
    expect(await resolve("odd[1]-0.tfrecord")).toEqual(["odd[1]-0.tfrecord"]);
    expect(await resolve("odd[1]-*")).toEqual(["odd1-0.tfrecord"]);
    await expect(resolveShards([])).rejects.toThrow("expected at least one file, got none");
  });
});

describe("ShardedReader", () => {
  it("reads files in order, or interleaved", async () => {
    const files = writeShards([3, 2, 4]);
    expect(await readAll(files, {}, 2)).toEqual([range(9), range(9)]);
    expect(await readAll(files, { cycleLength: 2 })).toEqual([[0, 3, 1, 4, 2, 5, 6, 7, 8]]);
    expect(await readAll(files, { cycleLength: 3, blockLength: 2 })).toEqual([[0, 1, 3, 4, 5, 6, 2, 7, 8]]);
  });

  it("shuffles all records by seed and epoch alone, with index files and without", async () => {
    const files = writeShards([40, 1, 0, 30]);
    const [first, second] = (await readAll(files, { shuffle: true, seed: 5 }, 2)) as [number[], number[]];
    expect(first).not.toEqual(second);
    for (const ids of [first, second]) expect(ids.toSorted((a, b) => a - b)).toEqual(range(71));
    for (const path of await resolveShards(files)) await buildIndex(path);
    rmSync(`${(await resolveShards(files))[1]}.idx`);
    writeFileSync(join(folder, "train-00000-of-00004.partial"), "");
    expect(await readAll(files, { shuffle: true, seed: 5, epoch: 1, readAhead: 1 })).toEqual([second]);
    expect(await readAll(files, { shuffle: true, seed: 6 })).not.toEqual([first]);
    await using reader = await ShardedReader.open(files, { shuffle: true, workerCount: 3, workerIndex: 2 });
    expect([reader.order, reader.count, reader.files.length]).toEqual(["indexed", 23, 4]);
  });

  it("shuffles compressed files within a window, by seed and epoch alone", async () => {
    const files = writeShards([40, 1, 0, 30], { gzip: true });
    await using reader = await ShardedReader.open(files, { shuffle: true, seed: 5, bufferSize: 20 });
    expect([reader.order, reader.count]).toEqual(["windowed", undefined]);
    const [first, second] = [await take(reader), await take(reader)];
    expect(first).not.toEqual(second);
    for (const ids of [first, second]) expect(ids.toSorted((a, b) => a - b)).toEqual(range(71));
    expect(await readAll(files, { shuffle: true, seed: 5, bufferSize: 20, epoch: 1 })).toEqual([second]);
    // Two bytes hold one or two of these records at a time.
    const [narrow] = (await readAll(files, { shuffle: true, seed: 5, bufferBytes: 2 })) as [number[]];
    expect(narrow.toSorted((a, b) => a - b)).toEqual(range(71));
    expect(narrow).not.toEqual(first);
  });

  it("gives every record to one worker, in every order, also when it stops and goes on anywhere", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          sizes: fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }),
          gzip: fc.boolean(),
          workerCount: fc.integer({ min: 1, max: 8 }),
          stops: fc.array(fc.nat(12), { minLength: 8, maxLength: 8 }),
          options: fc.record({
            shuffle: fc.boolean(),
            seed: fc.nat(),
            epoch: fc.nat(3),
            cycleLength: fc.integer({ min: 1, max: 4 }),
            blockLength: fc.integer({ min: 1, max: 3 }),
            bufferSize: fc.integer({ min: 1, max: 10 }),
            readAhead: fc.integer({ min: 1, max: 5 }),
          }),
        }),
        async ({ sizes, gzip, workerCount, stops, options }) => {
          const files = writeShards(sizes, { gzip, into: mkdtempSync(join(folder, "set-")) });
          const found: number[] = [];
          for (let workerIndex = 0; workerIndex < workerCount; workerIndex++) {
            const all = { ...options, workerIndex, workerCount };
            await using reader = await ShardedReader.open(files, all);
            const first = await take(reader, stops[workerIndex]!);
            const state = JSON.parse(JSON.stringify(reader.state()));
            await using other = await ShardedReader.open(files, all);
            other.restore(state);
            // Where the first part was the whole epoch, the state is already the next one's.
            const rest = state.epoch === options.epoch ? await take(other) : [];
            expect([...first, ...rest]).toEqual((await readAll(files, all))[0]);
            found.push(...first, ...rest);
          }
          const total = sizes.reduce((sum, size) => sum + size, 0);
          expect(found.toSorted((a, b) => a - b)).toEqual(range(total));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("gives what is wanted of every order, and then the next epoch", async () => {
    for (const gzip of [false, true]) {
      const files = writeShards([9, 0, 1, 12], { gzip, into: mkdtempSync(join(folder, "set-")) });
      const orders: ShardedOptions[] = [{ shuffle: true, readAhead: 3 }, { selective: true }, {}, { cycleLength: 2 }];
      for (const options of orders) {
        const [first, second] = (await readAll(files, options, 2)) as [number[], number[]];
        await using reader = await ShardedReader.open(files, options);
        const wanted = (position: number) => position % 5 < 2 && position > 3;
        reader.restore({ ...reader.state(), position: 6 });
        const found = [];
        for await (const { data } of reader.read(wanted)) found.push(Number(new TextDecoder().decode(data)));
        expect(found).toEqual(first.filter((_, i) => i >= 6 && wanted(i)));
        expect(await take(reader)).toEqual(second);
      }
    }
  });

  it("does not read what is not wanted, where each record is read by itself", async () => {
    const files = writeShards([5, 5]);
    const [path] = (await resolveShards(files)) as [string];
    const bytes = readFileSync(path);
    bytes[2 * 17 + 12]! ^= 1;
    writeFileSync(path, bytes);
    await using reader = await ShardedReader.open(files, { selective: true });
    expect(reader).toMatchObject({ order: "sequential", count: 10 });
    const found = [];
    for await (const { data } of reader.read((i) => i !== 2)) found.push(Number(new TextDecoder().decode(data)));
    expect(found).toEqual(range(10).filter((id) => id !== 2));
    await expect(take(reader)).rejects.toThrow(`${path}: record 2 (at byte 34): the data's checksum differs`);
  });

  it("goes on in the same iteration's epoch, and then with the next", async () => {
    const files = writeShards([5, 5]);
    await using reader = await ShardedReader.open(files);
    expect(await take(reader, 4)).toEqual([0, 1, 2, 3]);
    expect(reader.state()).toMatchObject({ epoch: 0, position: 4 });
    expect(await take(reader)).toEqual([4, 5, 6, 7, 8, 9]);
    expect(reader.state()).toMatchObject({ epoch: 1, position: 0 });
    expect(await take(reader)).toEqual(range(10));
  });

  it("does not go on with other files or options, and reads once at a time", async () => {
    const files = writeShards([5, 5]);
    await using reader = await ShardedReader.open(files, { seed: 1 });
    const state = reader.state();
    await using other = await ShardedReader.open(files, { seed: 2 });
    expect(() => other.restore(state)).toThrow("restore: the state is of other files, or of other options");
    const moved = mkdtempSync(join(root, "moved-"));
    for (const path of reader.files) renameSync(path, join(moved, path.slice(folder.length + 1)));
    await using same = await ShardedReader.open(join(moved, "train-*"), { seed: 1 });
    same.restore({ ...state, position: 8 });
    expect(await take(same)).toEqual([8, 9]);
    await expect(ShardedReader.open(files)).rejects.toThrow("no file matches");
    for await (const _ of same) {
      await expect(take(same)).rejects.toThrow("expected one iteration at a time");
      expect(() => same.restore(state)).toThrow("expected no iteration to be running");
      break;
    }
  });

  it("names the file of a damaged record, or passes over it and says so", async () => {
    const files = writeShards([5, 5]);
    const [path] = (await resolveShards(files)) as [string];
    const bytes = readFileSync(path);
    bytes[2 * 17 + 12]! ^= 1;
    writeFileSync(path, bytes);
    for (const shuffle of [false, true]) {
      await expect(readAll(files, { shuffle })).rejects.toThrow(
        `${path}: record 2 (at byte 34): the data's checksum differs`,
      );
      const losses: RecordLoss[] = [];
      const [ids] = await readAll(files, { shuffle, onLoss: (loss) => losses.push(loss) });
      expect(ids!.toSorted((a, b) => a - b)).toEqual(range(10).filter((id) => id !== 2));
      expect(losses).toMatchObject([{ source: path, record: 2, offset: 34, end: 51, estimatedRecords: 1 }]);
    }
  });

  it("reads more files than it keeps open", async () => {
    const files = writeShards(Array(140).fill(2));
    const [ids] = await readAll(files, { shuffle: true, readAhead: 64 });
    expect(ids!.toSorted((a, b) => a - b)).toEqual(range(280));
  });

  it.each<[ShardedOptions, string]>([
    [{ workerIndex: 2, workerCount: 2 }, "workerIndex: expected an integer from 0 to 1, got 2"],
    [{ cycleLength: 0 }, "cycleLength: expected an integer from 1"],
    [{ seed: -1 }, "seed: expected an integer from 0"],
  ])("refuses options that cannot be: %j", async (options, message) => {
    await expect(ShardedReader.open(writeShards([1]), options)).rejects.toThrow(message);
  });
});

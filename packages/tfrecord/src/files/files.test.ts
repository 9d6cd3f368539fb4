import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { CorruptRecordError, decodeRecordStream, encodeRecord, type RecordLoss, TfRecordError } from "../index.ts";
import { openTfRecord, readRecords, TfRecordWriter, verifyTfRecord, type WriterOptions } from "../node.ts";

const root = mkdtempSync(join(tmpdir(), "tessera-tfrecord-"));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, "case-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const joined = (parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
/** Bytes that do not compress. */
const noise = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, i) => Math.imul(i * 31 + seed, 0x9e3779b1) >>> 13);
const datas = Array.from({ length: 12 }, (_, i) => noise(i * 9, i));
const file = joined(datas.map(encodeRecord));

async function write(name: string, records: readonly Uint8Array[], options?: WriterOptions): Promise<string> {
  const path = join(folder, name);
  const writer = await TfRecordWriter.create(path, options);
  for (const data of records) await writer.write(data);
  await writer.close();
  return path;
}

async function read(path: string): Promise<Uint8Array[]> {
  const found = [];
  for await (const { data } of readRecords(path)) found.push(Uint8Array.from(data));
  return found;
}

describe("TfRecordWriter", () => {
  it.each([
    ["none", (bytes: Uint8Array) => bytes],
    ["gzip", gunzipSync],
    ["zlib", inflateSync],
  ] as const)("writes %s, as other tools read it", async (compression, decompress) => {
    const path = await write("a.tfrecord", datas, { compression, level: 9 });
    expect(joined([decompress(readFileSync(path))])).toEqual(file);
    expect(await read(path)).toEqual(datas);
    expect(await verifyTfRecord(path)).toEqual({
      ...{ path, compression, records: 12, bytes: readFileSync(path).length },
      dataBytes: datas.reduce((sum, { length }) => sum + length, 0),
    });
    expect(readdirSync(folder)).toEqual(["a.tfrecord"]);
  });

  it.each(["none", "gzip"] as const)(
    "keeps the order of records larger and smaller than its buffer: %s",
    async (compression) => {
      const sizes = [10, 2 ** 20 - 16, 2 ** 20 - 15, 3, 3 * 2 ** 20, 0, 700_000, 700_000, 1];
      const records = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
      const path = join(folder, "a.tfrecord");
      const writer = await TfRecordWriter.create(path, { compression, level: 1 });
      // Nobody waits.
      const writes = records.map((data) => writer.write(data));
      for (const data of records) data.fill(0);
      expect(await writer.close()).toMatchObject({ path, records: sizes.length, bytes: readFileSync(path).length });
      await Promise.all(writes);
      const found = await read(path);
      expect(found.map(({ length }) => length)).toEqual(sizes);
      expect(found.map((data, i) => data.every((byte) => byte === i + 1))).toEqual(sizes.map(() => true));
    },
  );

  it("makes its caller wait for the disk", async () => {
    const writer = await TfRecordWriter.create(join(folder, "a.tfrecord"));
    let done = 0;
    const writes = Array.from({ length: 8 }, () => writer.write(new Uint8Array(2 ** 21)).then(() => done++));
    await Promise.resolve().then(() => undefined);
    expect(done).toBeLessThan(4);
    await Promise.all(writes);
    await writer.close();
  });

  it("leaves nothing unless it is closed, and keeps what was there until then", async () => {
    const path = await write("a.tfrecord", [datas[1]!]);
    {
      await using writer = await TfRecordWriter.create(path);
      await writer.write(datas[2]!);
      expect(await read(path)).toEqual([datas[1]]);
    }
    expect(readdirSync(folder)).toEqual(["a.tfrecord"]);
    expect(await read(path)).toEqual([datas[1]]);
    writeFileSync(`${path}.partial`, "of a process that was killed");
    expect(await read(await write("a.tfrecord", [datas[3]!]))).toEqual([datas[3]]);
    expect(readdirSync(folder)).toEqual(["a.tfrecord"]);
  });

  it("refuses what cannot be", async () => {
    const path = join(folder, "a.tfrecord");
    await expect(TfRecordWriter.create(path, { level: 10 as 9 })).rejects.toThrow(
      "level: expected an integer from 0 to 9, got 10",
    );
    await expect(TfRecordWriter.create(path, { compression: "gzip", index: true })).rejects.toThrow(
      "expected an index or compression",
    );
    await expect(TfRecordWriter.create(join(folder, "no", "a"))).rejects.toThrow(/no\/a: no such file or folder$/);
    await expect(TfRecordWriter.create(path, { compression: "GZIP" as "gzip" })).rejects.toThrow(
      'compression: expected one of none, gzip, zlib, got "GZIP"',
    );
    await expect(openTfRecord(path, { compression: "GZIP" as "gzip" })).rejects.toThrow("gzip, zlib, auto, got");
    expect(readdirSync(folder)).toEqual([]);
    const writer = await TfRecordWriter.create(path);
    await writer.close();
    await expect(writer.write(datas[0]!)).rejects.toThrow("write: the writer is closed");
    await expect(writer.close()).rejects.toThrow("close: the writer is closed");
    expect(await read(path)).toEqual([]);
  });

  it.skipIf(!existsSync("/dev/full"))("says that the disk is full, and leaves nothing", async () => {
    const path = join(folder, "a.tfrecord");
    symlinkSync("/dev/full", `${path}.partial`);
    const writer = await TfRecordWriter.create(path);
    await writer.write(datas[3]!);
    await expect(writer.close()).rejects.toThrow(`${path}: the disk is full`);
    expect(readdirSync(folder)).toEqual([]);

    symlinkSync("/dev/full", `${path}.partial`);
    const second = await TfRecordWriter.create(path);
    const fill = async () => {
      for (let i = 0; i < 1000; i++) await second.write(new Uint8Array(2 ** 20));
    };
    await expect(fill()).rejects.toThrow("the disk is full");
    await second.abort();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("openTfRecord", () => {
  it("can be iterated again and at once, and closes", async () => {
    const path = await write("a.tfrecord", datas, { compression: "gzip" });
    const opened = await openTfRecord(path);
    expect(opened).toMatchObject({ path, compression: "gzip", bytes: readFileSync(path).length });
    const [a, b] = [opened[Symbol.asyncIterator](), opened[Symbol.asyncIterator]()];
    for (const data of datas) {
      expect(Uint8Array.from((await a.next()).value!.data)).toEqual(data);
      expect(Uint8Array.from((await b.next()).value!.data)).toEqual(data);
    }
    for await (const record of opened) {
      expect(record).toMatchObject({ source: path, record: 0, offset: 0, compression: "gzip" });
      break;
    }
    await opened.close();
  });

  it("tells how much of the file it has read", async () => {
    const path = await write("a.tfrecord", [new Uint8Array(3_000_000)]);
    const seen: number[] = [];
    for await (const _ of readRecords(path, { onProgress: (bytes) => seen.push(bytes) }));
    expect(seen).toEqual([2 ** 20, 2 ** 21, 3_000_016]);
  });

  it("names what is missing or no file", async () => {
    await expect(openTfRecord(join(folder, "no"))).rejects.toThrow(`${join(folder, "no")}: no such file or folder`);
    await expect(openTfRecord(folder)).rejects.toThrow(`${folder}: expected a file, got a folder`);
    await expect(openTfRecord(join(folder, "no"), { maxRecordBytes: -1 })).rejects.toThrow("maxRecordBytes: expected");
    await expect(openTfRecord(join(folder, "no"))).rejects.toBeInstanceOf(TfRecordError);
  });

  it("cut at every byte: whole records, then file and offset", async () => {
    const path = join(folder, "cut.tfrecord");
    let offset = 0;
    const ends = datas.map((data) => {
      offset += data.length + 16;
      return offset;
    });
    for (let length = 0; length < 300; length++) {
      writeFileSync(path, file.subarray(0, length));
      const whole = ends.filter((end) => end <= length).length;
      if (length === 0 || ends.includes(length)) {
        expect(await read(path)).toHaveLength(whole);
        continue;
      }
      const error = await read(path).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(CorruptRecordError);
      expect(error).toMatchObject({ source: path, record: whole, offset: ends[whole - 1] ?? 0 });
      expect(error.message).toContain(
        `${path}: record ${whole} (at byte ${ends[whole - 1] ?? 0}): truncated: expected `,
      );
    }
  });

  it.each([
    ["gzip", gzipSync(file)],
    ["zlib", deflateSync(file)],
    ["gzip of two members", Buffer.concat([gzipSync(file), gzipSync(file)])],
  ])("%s damaged anywhere: the same as without Node's zlib", async (_, bytes) => {
    const path = join(folder, "damaged.gz");
    const outcome = async (records: AsyncIterable<{ data: Uint8Array }>) => {
      const found: Uint8Array[] = [];
      try {
        for await (const { data } of records) found.push(Uint8Array.from(data));
        return { found, error: null };
      } catch (error) {
        // zlib's and pako's words for what is damaged may differ.
        return { found, error: (error as Error).message.replace(/damaged: .*/, "damaged") };
      }
    };
    const damaged = [
      ...Array.from({ length: 20 }, (_, i) => bytes.subarray(0, 12 + Math.floor(((bytes.length - 12) * i) / 20))),
      ...Array.from({ length: 20 }, (_, i) => {
        const copy = Buffer.from(bytes);
        copy[12 + Math.floor(((bytes.length - 12) * i) / 20)]! ^= 0x20;
        return copy;
      }),
      Buffer.concat([bytes, Buffer.from("more")]),
    ];
    for (const each of damaged) {
      writeFileSync(path, each);
      const portable = await outcome(decodeRecordStream([each], { source: path }));
      expect(await outcome(readRecords(path))).toEqual(portable);
    }
  });

  it("recovers, and says what it lost", async () => {
    const path = join(folder, "a.tfrecord");
    const bytes = file.slice();
    bytes[16 + 14]! ^= 1;
    writeFileSync(path, bytes.subarray(0, bytes.length - 2));
    const losses: RecordLoss[] = [];
    const { records } = await verifyTfRecord(path, { onLoss: (loss) => losses.push(loss) });
    expect(records).toBe(10);
    expect(losses).toMatchObject([
      {
        source: path,
        record: 1,
        offset: 16,
        end: 41,
        estimatedRecords: 1,
        reason: expect.stringContaining("checksum"),
      },
      {
        source: path,
        record: 11,
        end: bytes.length - 2,
        estimatedRecords: 1,
        reason: expect.stringContaining("truncated"),
      },
    ]);
  });
});

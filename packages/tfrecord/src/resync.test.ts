import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskedCrc32c } from "./crc32c.ts";
import {
  CorruptRecordError,
  decodeRecordStream,
  decodeRecords,
  encodeRecord,
  type RecordLoss,
  type RecordOptions,
} from "./index.ts";

const joined = (parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
const cut = (bytes: Uint8Array, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

/** Twenty records of sizes so alike that estimates are right, none of which can be found within another. */
const datas = Array.from({ length: 20 }, (_, i) => new Uint8Array(30 + ((i * 7) % 13)).fill(i + 1));
const frames = datas.map(encodeRecord);
const file = joined(frames);
const starts = frames.map((_, i) => joined(frames.slice(0, i)).length);

/** Records and losses, which memory and a stream in pieces of any size agree on. */
async function recover(bytes: Uint8Array, options: RecordOptions = {}) {
  const losses: RecordLoss[] = [];
  const records = [...decodeRecords(bytes, { ...options, onLoss: (loss) => losses.push(loss) })];
  for (const size of [1, 17, 1000]) {
    const streamed: RecordLoss[] = [];
    const found = [];
    const chunks = cut(bytes, size);
    for await (const record of decodeRecordStream(chunks, { ...options, onLoss: (loss) => streamed.push(loss) })) {
      found.push(record);
    }
    expect(found).toEqual(records);
    expect(streamed).toEqual(losses);
  }
  return { records, losses, ids: records.map(({ data }) => data[0]! - 1) };
}

const without = (...lost: number[]) => datas.map((_, i) => i).filter((i) => !lost.includes(i));

describe("recovery", () => {
  it("loses nothing from a whole file, and one record by any flipped bit", async () => {
    expect(await recover(file)).toMatchObject({ losses: [], ids: without() });
    for (let byte = 0; byte < file.length; byte += 5) {
      const bytes = file.slice();
      bytes[byte]! ^= 0x10;
      const hit = starts.findLastIndex((start) => start <= byte);
      const { ids, losses, records } = await recover(bytes, { source: "a" });
      expect(ids).toEqual(without(hit));
      const [offset, end] = [starts[hit]!, starts[hit + 1] ?? file.length];
      expect(losses).toEqual([
        {
          ...{ source: "a", record: hit, offset, end, estimatedRecords: 1, compression: "none" },
          reason: expect.stringMatching(/^the (length|data)'s checksum differs: expected 0x.*, got 0x/),
        },
      ]);
      // Records are counted on as they were written.
      for (const { record, offset } of records) expect(offset).toBe(starts[record]);
    }
  });

  it("passes over bytes that were put in, left out or wiped, and estimates how many records went", async () => {
    const rubbish = Uint8Array.from({ length: 100 }, (_, i) => (i * 37) % 256);
    const inserted = joined([...frames.slice(0, 6), rubbish, ...frames.slice(6)]);
    const first = await recover(inserted);
    expect(first.ids).toEqual(without());
    expect(first.losses).toMatchObject([{ offset: starts[6], end: starts[6]! + 100 }]);

    const [begin, end] = [starts[4]! + 3, starts[9]! + 5];
    const removed = joined([file.subarray(0, begin), file.subarray(end)]);
    expect((await recover(removed)).ids).toEqual(without(4, 5, 6, 7, 8, 9));

    const wiped = file.slice().fill(0, begin, end);
    const third = await recover(wiped);
    expect(third.ids).toEqual(without(4, 5, 6, 7, 8, 9));
    expect(third.losses).toMatchObject([{ record: 4, offset: starts[4], end: starts[10] }]);
    expect(third.losses[0]!.estimatedRecords).toBeGreaterThanOrEqual(5);
    expect(third.losses[0]!.estimatedRecords).toBeLessThanOrEqual(8);
  });

  it("finds the record whose beginning the damaged one's length leaps over", async () => {
    // The data of record 3 lose bytes, so its length reaches into record 4.
    const bytes = joined([file.subarray(0, starts[3]! + 14), file.subarray(starts[3]! + 20)]);
    expect((await recover(bytes)).ids).toEqual(without(3));
  });

  it("says what a file that was cut short has lost, at every byte", async () => {
    for (let length = 0; length < 200; length++) {
      const whole = starts.filter((_, i) => (starts[i + 1] ?? file.length) <= length).length;
      const { ids, losses } = await recover(file.subarray(0, length));
      expect(ids).toEqual(without().slice(0, whole));
      if (starts.includes(length)) expect(losses).toEqual([]);
      else expect(losses).toMatchObject([{ offset: starts[whole], end: length, estimatedRecords: 1 }]);
    }
  });

  it("never gives a record that was not written, whatever happens to the bytes", async () => {
    const written = new Set(datas.map((data) => Buffer.from(data).toString("hex")));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(60), fc.uint8Array({ maxLength: 40 })), {
          minLength: 1,
          maxLength: 4,
        }),
        async (edits) => {
          let bytes = file.slice();
          for (const [at, gone, put] of edits) bytes = joined([bytes.subarray(0, at), put, bytes.subarray(at + gone)]);
          const { records, losses } = await recover(bytes);
          for (const { data } of records) expect(written).toContain(Buffer.from(data).toString("hex"));
          // Every byte is in a record or in a loss.
          const read = records.reduce((sum, { data }) => sum + data.length + 16, 0);
          const lost = losses.reduce((sum, { offset, end }) => sum + end! - offset, 0);
          expect(read + lost).toBe(bytes.length);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("says that what follows damaged compression is lost to its end", async () => {
    const bytes = gzipSync(file);
    const losses: RecordLoss[] = [];
    const found = [];
    const chunks = [bytes.subarray(0, bytes.length - 60)];
    for await (const record of decodeRecordStream(chunks, { onLoss: (loss) => losses.push(loss) })) found.push(record);
    expect(found.length).toBeLessThan(20);
    expect(losses).toMatchObject([
      { record: found.length, offset: starts[found.length], end: null, reason: "the gzip data end too early" },
    ]);
  });
});

describe("bounds of recovery", () => {
  const damaged = joined([...frames.slice(0, 2), new Uint8Array(500), ...frames.slice(2)]);

  it("a search ends at maxSkipBytes, with the damage and its place", async () => {
    const read = (maxSkipBytes: number) => recover(damaged, { maxSkipBytes, source: "a" });
    expect((await read(500)).ids).toEqual(without());
    await expect(read(499)).rejects.toThrow(
      /^a: record 2 \(at byte \d+\): the length's checksum differs: .*; no whole record begins within the next maxSkipBytes = 499 bytes$/,
    );
  });

  it("headers that promise data which are not there cost a bounded time", () => {
    const header = new Uint8Array(12);
    const view = new DataView(header.buffer);
    view.setUint32(0, 100_000, true);
    view.setUint32(8, maskedCrc32c(header.subarray(0, 8)), true);
    const liar = joined(Array(100_000).fill(header));
    let error: unknown;
    try {
      for (const _ of decodeRecords(liar, { maxRecordBytes: 2 ** 20, onLoss: () => undefined }))
        throw new Error("record");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(CorruptRecordError);
    expect(`${error}`).toMatch(/no whole record begins within the next \d+ bytes$/);
  });
});

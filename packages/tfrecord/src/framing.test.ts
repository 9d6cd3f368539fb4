import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskedCrc32c } from "./crc32c.ts";
import { CorruptRecordError, decodeRecordStream, decodeRecords, encodeRecord, type RecordOptions } from "./index.ts";

const records = (bytes: Uint8Array, options?: RecordOptions) => [...decodeRecords(bytes, options)];

async function streamed(chunks: readonly Uint8Array[], options?: RecordOptions) {
  const found = [];
  for await (const record of decodeRecordStream(chunks, options)) found.push(record);
  return found;
}

const joined = (parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));

/** A frame whose length is whatever one likes, with the checksum that belongs to it. */
function lyingHeader(length: bigint): Uint8Array {
  const header = new Uint8Array(12);
  new DataView(header.buffer).setBigUint64(0, length, true);
  new DataView(header.buffer).setUint32(8, maskedCrc32c(header.subarray(0, 8)), true);
  return header;
}

/** What reading throws, from memory and from a stream; both must agree. */
async function fault(bytes: Uint8Array, options?: RecordOptions): Promise<CorruptRecordError> {
  const fromMemory = caught(() => records(bytes, options));
  const fromStream = await streamed(
    [...bytes].map((byte) => Uint8Array.of(byte)),
    options,
  ).catch((error) => error);
  expect(fromMemory).toBeInstanceOf(CorruptRecordError);
  expect(fromStream).toEqual(fromMemory);
  return fromMemory as CorruptRecordError;
}

function caught(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

const three = ["one", "", "three"].map((text) => new TextEncoder().encode(text));
const file = joined(three.map(encodeRecord));

describe("frames", () => {
  it("come back, from memory and from a stream cut anywhere", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
        fc.array(fc.nat({ max: 500 }), { maxLength: 12 }),
        async (datas, cuts) => {
          const bytes = joined(datas.map(encodeRecord));
          const expected = datas.map((data, record) => ({
            data,
            source: "TFRecord",
            record,
            compression: "none",
            offset: datas.slice(0, record).reduce((sum, { length }) => sum + length + 16, 0),
          }));
          expect(records(bytes)).toEqual(expected);
          const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
          const chunks = places.slice(1).map((end, i) => bytes.slice(places[i], end));
          expect(await streamed(chunks)).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("are views into the bytes", () => {
    expect(records(file)[0]!.data.buffer).toBe(file.buffer);
    expect(records(new Uint8Array(0))).toEqual([]);
  });

  it("are read from memory that lies anywhere", () => {
    const moved = new Uint8Array(file.length + 3);
    moved.set(file, 3);
    expect(records(moved.subarray(3)).map(({ data }) => data)).toEqual(three);
  });
});

describe("hostile frames", () => {
  it("truncated at every byte: what is whole is read, then the place is named", async () => {
    const ends = [0, 19, 35, 56];
    for (let length = 0; length < file.length; length++) {
      const whole = ends.findLastIndex((end) => end <= length);
      const cut = file.subarray(0, length);
      if (ends[whole] === length) {
        expect(records(cut)).toHaveLength(whole);
        continue;
      }
      const error = await fault(cut, { source: "a.tfrecord" });
      expect(error).toMatchObject({ source: "a.tfrecord", record: whole, offset: ends[whole] });
      expect(error.message).toContain("truncated: expected ");
    }
  });

  it("any one flipped bit is found, in the record that it hit", async () => {
    for (let bit = 0; bit < file.length * 8; bit++) {
      const bytes = file.slice();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const error = await fault(bytes);
      expect(error.record).toBe([19, 35, 56].findIndex((end) => bit >> 3 < end));
      expect(error.expected).not.toBe(error.got);
    }
  });

  it("says which checksum differs", async () => {
    const bytes = file.slice();
    bytes[12]! ^= 1;
    const error = await fault(bytes, { source: "a.tfrecord" });
    const stored = new DataView(file.buffer).getUint32(15, true);
    const hex = (value: number) => `0x${value.toString(16).padStart(8, "0")}`;
    expect(error).toMatchObject({ expected: stored, got: maskedCrc32c(bytes.subarray(12, 15)) });
    expect(error.message).toBe(
      `a.tfrecord: record 0 (at byte 0): the data's checksum differs: expected ${hex(stored)}, got ${hex(error.got!)}`,
    );
  });

  it.each([2n ** 60n, 2n ** 64n - 1n, 2n ** 28n + 1n])(
    "a length of %d is refused before it is believed",
    async (length) => {
      const { message } = await fault(joined([file, lyingHeader(length)]));
      expect(message).toBe(
        `TFRecord: record 3 (at byte 56): expected at most maxRecordBytes = 268435456 bytes, found ${length}`,
      );
    },
  );

  it("a length within the bound takes no memory until the bytes are there", async () => {
    const before = process.memoryUsage().arrayBuffers;
    const { message } = await fault(lyingHeader(2n ** 28n));
    expect(message).toBe(
      "TFRecord: record 0 (at byte 0): truncated: expected 268435460 bytes after the header, have 0",
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });

  it("the bound can be set", async () => {
    expect(records(file, { maxRecordBytes: 5 })).toHaveLength(3);
    expect((await fault(file, { maxRecordBytes: 4 })).record).toBe(2);
    expect(() => records(file, { maxRecordBytes: -1 })).toThrow("maxRecordBytes: expected an integer");
  });

  it.each<[string, Uint8Array, string]>([
    ["a pointer", new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n"), "a Git LFS pointer"],
    ["text", new TextEncoder().encode("image,label\n1,2\n"), "it is text, not a TFRecord file"],
    ["anything", new Uint8Array(20).fill(0xfe), "is it a TFRecord file?"],
  ])("what is no TFRecord file is named: %s", async (_, bytes, hint) => {
    expect((await fault(bytes)).message).toMatch(new RegExp(`\\n {2}hint: .*${hint.replace("?", "\\?")}`));
  });

  it.each<[string, Uint8Array]>([
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0)],
    ["zlib", Uint8Array.of(0x78, 0x9c, 3, 0, 0, 0, 0, 1)],
  ])("what is compressed is not read from memory, but told apart: %s", (name, bytes) => {
    expect(() => records(bytes)).toThrow(`hint: it looks compressed with ${name}, which decodeRecordStream and`);
  });

  it("the data's checksum can be left unchecked; that of the length cannot", async () => {
    for (let byte = 0; byte < file.length; byte++) {
      const bytes = file.slice();
      bytes[byte]! ^= 1;
      const inHeader = [0, 19, 35].some((start) => byte >= start && byte < start + 12);
      const read = () => records(bytes, { verifyChecksums: false });
      if (inHeader) expect(read).toThrow("the length's checksum differs");
      else expect(read()).toHaveLength(3);
    }
  });
});

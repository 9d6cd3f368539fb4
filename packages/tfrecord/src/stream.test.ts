import { deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ByteChunks,
  CorruptRecordError,
  decodeRecordStream,
  detectCompression,
  encodeRecord,
  encodeRecordStream,
  type StreamOptions,
} from "./index.ts";

const text = (value: string) => new TextEncoder().encode(value);
const joined = (parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));

async function read(chunks: ByteChunks, options?: StreamOptions): Promise<string[]> {
  const found = [];
  for await (const { data } of decodeRecordStream(chunks, options)) found.push(new TextDecoder().decode(data));
  return found;
}

/** What was read, and the error that ended it. */
async function readUntilError(chunks: ByteChunks, options?: StreamOptions) {
  const found: string[] = [];
  try {
    for await (const { data } of decodeRecordStream(chunks, options)) found.push(new TextDecoder().decode(data));
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error;
    return { found, error };
  }
  throw new Error("nothing was thrown");
}

/** Bytes that do not compress, so that cutting the compressed bytes cuts records. */
const values = Array.from({ length: 9 }, (_, i) => `${Math.sin(i)}`.repeat(i));
const file = joined(values.map((value) => encodeRecord(text(value))));
const cut = (bytes: Uint8Array, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

const compressors = { gzip: gzipSync, zlib: deflateSync } as const;
const kinds = ["gzip", "zlib"] as const;

describe("a stream", () => {
  it.each(kinds)("compressed with %s is decompressed, however it is cut", async (kind) => {
    const bytes = Uint8Array.from(compressors[kind](file));
    expect(detectCompression(bytes)).toBe(kind);
    for (const size of [1, 2, 11, 12, 13, 100, bytes.length]) {
      expect(await read(cut(bytes, size))).toEqual(values);
      expect(await read(cut(bytes, size), { compression: kind })).toEqual(values);
    }
  });

  it("may be a Web stream, with or without iteration, and is cancelled when reading stops", async () => {
    const cancelled: string[] = [];
    const streamOf = () =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (const chunk of cut(file, 50)) controller.enqueue(chunk);
          controller.close();
        },
        cancel: () => void cancelled.push("cancelled"),
      });
    expect(await read(streamOf())).toEqual(values);
    const bare = () => {
      const stream = streamOf();
      return { getReader: () => stream.getReader() } as unknown as ReadableStream<Uint8Array>;
    };
    expect(await read(bare())).toEqual(values);
    for (const chunks of [streamOf(), bare()]) for await (const _ of decodeRecordStream(chunks)) break;
    expect(await read(new Response(gzipSync(file)).body!)).toEqual(values);
  });

  it("of gzip may have several members, which meet anywhere in a chunk", async () => {
    const members = values.map((value) => Uint8Array.from(gzipSync(encodeRecord(text(value)))));
    const bytes = joined(members);
    for (const size of [1, members[0]!.length, 64, bytes.length]) expect(await read(cut(bytes, size))).toEqual(values);
  });

  it("uncompressed is not mistaken for a compressed one by a length with its magic number", async () => {
    // 0x00088b1f begins as gzip does, 0x9c78 as zlib does.
    for (const length of [0x088b1f, 0x9c78]) {
      const frame = encodeRecord(new Uint8Array(length));
      expect(detectCompression(frame)).toBe("none");
      expect(detectCompression(frame.subarray(0, 11))).not.toBe("none");
      const found = [];
      for await (const { data } of decodeRecordStream([frame])) found.push(data.length);
      expect(found).toEqual([length]);
    }
  });

  it("that is empty has no records, compressed or not", async () => {
    for (const bytes of [new Uint8Array(0), gzipSync(""), deflateSync("")]) expect(await read([bytes])).toEqual([]);
  });

  it("of anything but bytes is refused", async () => {
    await expect(read(["text"] as unknown as Uint8Array[])).rejects.toThrow(
      "chunks of bytes (Uint8Array), got a string",
    );
    await expect(read(file as unknown as Uint8Array[])).rejects.toThrow("got a number");
  });
});

describe("compressed damage", () => {
  it.each(kinds)("%s cut at every byte: whole records come first, then the place", async (kind) => {
    const bytes = Uint8Array.from(compressors[kind](file));
    for (let length = 12; length < bytes.length; length++) {
      const { found, error } = await readUntilError([bytes.subarray(0, length)], { source: "a.gz" });
      expect(found).toEqual(values.slice(0, found.length));
      const offset = joined(found.map((value) => encodeRecord(text(value)))).length;
      expect(error).toMatchObject({ source: "a.gz", record: found.length, offset, compression: kind });
      expect(error.message).toBe(
        `a.gz: record ${found.length} (at byte ${offset} of the decompressed ${kind} data): the ${kind} data end too early`,
      );
    }
  });

  it.each(kinds)("%s with any one flipped bit: an error, or the same records", async (kind) => {
    const bytes = Uint8Array.from(compressors[kind](file));
    let faults = 0;
    for (let bit = 0; bit < bytes.length * 8; bit += 3) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const result = await read([flipped], { compression: kind }).catch((error) => error);
      if (result instanceof CorruptRecordError) faults++;
      else expect(result).toEqual(values);
    }
    expect(faults).toBeGreaterThan(bytes.length);
  });

  it("other bytes behind the data are refused", async () => {
    const bytes = (kind: keyof typeof compressors) => joined([compressors[kind](file), text("more")]);
    for (const kind of kinds) {
      for (const chunks of [[bytes(kind)], cut(bytes(kind), 1)]) {
        const { found, error } = await readUntilError(chunks);
        expect(found).toEqual(values);
        expect(error.message).toContain(`other bytes follow the ${kind} data`);
      }
    }
  });

  it("a record in damaged compressed data is named in their bytes", async () => {
    const bytes = file.slice();
    bytes[12 + 16]! ^= 1;
    const { error } = await readUntilError([gzipSync(bytes)], { source: "a.gz" });
    expect(error.message).toContain("a.gz: record 1 (at byte 16 of the decompressed gzip data): the data's checksum");
  });

  it("a bomb is not decompressed further than its first header", async () => {
    let taken = 0;
    const chunks = (function* () {
      for (const chunk of cut(gzipSync(new Uint8Array(2 ** 24)), 100)) {
        taken++;
        yield chunk;
      }
    })();
    const { error } = await readUntilError(chunks);
    expect(error.message).toContain("the length's checksum differs");
    expect(taken).toBeLessThan(5);
  });
});

describe("encodeRecordStream", () => {
  const encoded = async (options?: Parameters<typeof encodeRecordStream>[1]) => {
    const parts = [];
    for await (const part of encodeRecordStream(values.map(text), options)) parts.push(part);
    return joined(parts);
  };

  it("writes frames, compressed or not, which other tools decompress", async () => {
    expect(await encoded()).toEqual(file);
    expect(Uint8Array.from(gunzipSync(await encoded({ compression: "gzip" })))).toEqual(file);
    expect(Uint8Array.from(inflateSync(await encoded({ compression: "zlib", level: 9 })))).toEqual(file);
    expect((await encoded({ compression: "gzip", level: 0 })).length).toBeGreaterThan(file.length);
  });

  it("refuses options that cannot be, as the reader does", async () => {
    await expect(encoded({ compression: "GZIP" as "gzip" })).rejects.toThrow('gzip, zlib, got "GZIP"');
    await expect(encoded({ level: 10 as 9 })).rejects.toThrow("level: expected an integer from 0 to 9, got 10");
    await expect(read([file], { compression: "GZIP" as "gzip" })).rejects.toThrow('gzip, zlib, auto, got "GZIP"');
  });

  it("takes a record when its bytes are wanted", async () => {
    let taken = 0;
    const stream = encodeRecordStream(
      (function* () {
        for (const value of values) {
          taken++;
          yield text(value);
        }
      })(),
    );
    await stream.next();
    expect(taken).toBe(1);
  });

  it("comes back from a stream cut anywhere", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
        fc.constantFrom("none", "gzip", "zlib"),
        fc.integer({ min: 1, max: 400 }),
        async (datas, compression, size) => {
          const parts = [];
          for await (const part of encodeRecordStream(datas, { compression })) parts.push(part);
          const found = [];
          for await (const { data } of decodeRecordStream(cut(joined(parts), size))) found.push(Uint8Array.from(data));
          expect(found).toEqual(datas);
        },
      ),
      { numRuns: 100 },
    );
  });
});

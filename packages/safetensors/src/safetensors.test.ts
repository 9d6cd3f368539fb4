import fc from "fast-check";
import { describe, expect, it } from "vitest";
import reference from "../fixtures/reference.json" with { type: "json" };
import { arrayOf, DTYPES, type Dtype } from "./dtype.ts";
import { decode, encode, openRanged, readHeader, SafetensorsError, type Tensor } from "./index.ts";

const golden = (name: keyof typeof reference.files) => new Uint8Array(Buffer.from(reference.files[name], "base64"));

const f32 = (shape: number[], ...values: number[]): Tensor => ({
  dtype: "F32",
  shape,
  data: Float32Array.from(values),
});

describe("files written by the reference implementation", () => {
  it.each(Object.keys(reference.files) as (keyof typeof reference.files)[])(
    "%s: decoded and written again, the same bytes",
    (name) => {
      const bytes = golden(name);
      const { tensors, metadata } = decode(bytes);
      expect(encode(tensors, metadata)).toEqual(bytes);
      const shuffled = new Map([...tensors].reverse());
      expect(encode(shuffled, metadata)).toEqual(bytes);
    },
  );

  it("reads the values", () => {
    const { tensors } = decode(golden("shapes"));
    const bytes = Uint8Array.from({ length: 24 }, (_, i) => (5 + 7 * i) % 128);
    expect(tensors.get("conv.weight")).toEqual({
      dtype: "F32",
      shape: [2, 1, 3],
      data: new Float32Array(bytes.buffer),
    });
    expect(tensors.get("scalar")!.shape).toEqual([]);
    expect(tensors.get("empty")).toEqual({ dtype: "F32", shape: [0, 3], data: new Float32Array(0) });
  });

  it("knows every dtype that the reference wrote", () => {
    const { tensors } = decode(golden("every dtype"));
    expect(tensors.get("t.int64")!.data).toBeInstanceOf(BigInt64Array);
    expect(tensors.get("t.complex64")!.data).toHaveLength(4);
    expect(tensors.get("t.float4_e2m1fn_x2")).toEqual({ dtype: "F4", shape: [4], data: Uint8Array.of(19, 26) });
  });

  it("holds __proto__ as a name, and no prototype is touched", () => {
    const { tensors } = decode(golden("names"));
    expect(tensors.get("__proto__")!.data).toEqual(Uint8Array.of(7));
    expect(tensors.get("constructor")!.data).toEqual(Uint8Array.of(8));
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
    expect(Object.getPrototypeOf(tensors)).toBe(Map.prototype);
  });
});

describe("encode and decode", () => {
  const shape = fc.array(fc.nat({ max: 4 }), { maxLength: 3 });
  const tensor = fc
    .tuple(fc.constantFrom(...DTYPES.filter((d) => !/^F[46]/.test(d))), shape, fc.infiniteStream(fc.nat({ max: 255 })))
    .map(([dtype, sizes, stream]) => randomTensor(dtype, sizes, stream));
  const name = fc.string({ unit: "grapheme", maxLength: 6 }).filter((text) => text !== "__metadata__");

  it("round-trip any tensors and metadata", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, tensor), { maxLength: 6 }),
        fc.array(fc.tuple(name, fc.string({ unit: "grapheme" })), { maxLength: 3 }),
        (pairs, metadata) => {
          const written = encode(new Map(pairs), new Map(metadata));
          const { tensors, metadata: read } = decode(written);
          expect(new Map([...tensors].sort())).toEqual(new Map([...new Map(pairs)].sort()));
          expect(read).toEqual(new Map(metadata.sort(([a], [b]) => (a < b ? -1 : 1))));
          for (const info of readHeader(written).tensors.values()) {
            expect(info.begin % arrayOf(info.dtype).BYTES_PER_ELEMENT).toBe(0);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it("take plain objects", () => {
    const bytes = encode({ a: f32([2], 1, 2) }, { format: "pt" });
    expect(decode(bytes)).toEqual({ tensors: new Map([["a", f32([2], 1, 2)]]), metadata: new Map([["format", "pt"]]) });
  });

  it("gives views where aligned, copies where not", () => {
    const bytes = encode({ a: f32([2], 1, 2) });
    expect(decode(bytes).tensors.get("a")!.data.buffer).toBe(bytes.buffer);
    const moved = new Uint8Array(bytes.length + 1);
    moved.set(bytes, 1);
    expect(decode(moved.subarray(1)).tensors.get("a")).toEqual(f32([2], 1, 2));
  });

  it.each<[string, Tensor, string]>([
    ["a", f32([3], 1, 2), 'safetensors: tensor "a": encode: F32 [3] takes 12 bytes, got 8'],
    ["a", f32([-1]), 'safetensors: tensor "a": encode: expected shape[0] to be an integer from 0 to 2^53 − 1, got -1'],
    [
      "__metadata__",
      f32([]),
      'safetensors: tensor "__metadata__": encode: the format keeps this name for itself; pass the metadata argument',
    ],
    [
      "\ud800",
      f32([1], 1),
      'safetensors: tensor "\\ud800": encode: its name holds half a surrogate pair, which UTF-8 cannot write',
    ],
    [
      "a",
      { dtype: "I32", shape: [1], data: new Float32Array(1) } as unknown as Tensor,
      'safetensors: tensor "a": encode: expected I32 data to be a Int32Array, got Float32Array',
    ],
    [
      "a",
      { dtype: "F31", shape: [1], data: new Float32Array(1) } as unknown as Tensor,
      'safetensors: tensor "a": encode: expected dtype to be one the format defines, got "F31"',
    ],
    [
      "a",
      { dtype: "F4", shape: [3], data: new Uint8Array(2) },
      'safetensors: tensor "a": encode: F4 [3] takes no whole number of bytes below 2^53, got 2',
    ],
  ])("refuses what the format cannot hold: %s %#", (key, value, message) => {
    expect(() => encode(new Map([[key, value]]))).toThrow(message);
  });
});

describe("hostile files", () => {
  const u8 = (begin: number, end: number, shape = `[${end - begin}]`) =>
    `{"dtype":"U8","shape":${shape},"data_offsets":[${begin},${end}]}`;

  it.each<[header: string | Uint8Array, data: number, message: RegExp]>([
    ["", 0, /header: expected a JSON object starting with "\{", found nothing \(at byte 8\)/],
    ["[]", 0, /starting with "\{", found byte 0x5b/],
    [' {"x":1}', 0, /starting with "\{", found byte 0x20/],
    ["\ufeff{}", 0, /found byte 0xef/],
    ['{"x":', 0, /expected a JSON value, found the header's end \(at byte 13\)/],
    ['{"x" 1}', 0, /expected ":", found "1" \(at byte 13\)/],
    ['{"x":1 2}', 0, /expected "," or "\}", found "2"/],
    ['{"x":tru}', 0, /expected a JSON value, found "t" \(at byte 13\)/],
    ['{"x":[1,]}', 0, /expected a JSON value, found "\]"/],
    ["{x:1}", 0, /expected a key, found "x"/],
    ['{"x', 0, /expected the end of a string/],
    ['{"x\\', 0, /expected the end of a string/],
    ['{"\\ud800":1}', 0, /half a surrogate pair/],
    [Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), 0, /expected a JSON string in UTF-8.*\(at byte 9\)/],
    ["{}\0", 0, /expected spaces after the JSON, found "\\u0000" \(at byte 10\)/],
    [`{"x":${"[".repeat(50)}`, 0, /at most 16 levels/],
    [`{"x":${u8(0, 2)},"x":${u8(0, 2)}}`, 2, /key "x" is given twice/],
    ['{"__metadata__":{"a":"1","a":"2"}}', 0, /key "a" is given twice/],
    ['{"__metadata__":{"a":1}}', 0, /expected __metadata__ "a" to be a string, found 1/],
    ['{"__metadata__":null}', 0, /expected __metadata__ to be an object of strings, found null/],
    ['{"x":[]}', 0, /tensor "x": expected an object with dtype, shape and data_offsets, found an array/],
    [
      '{"x":{"shape":[],"data_offsets":[0,1]}}',
      1,
      /tensor "x": expected dtype to be one the format defines, found nothing/,
    ],
    ['{"x":{"dtype":"toString","shape":[],"data_offsets":[0,1]}}', 1, /expected dtype .* found "toString"/],
    ['{"x":{"dtype":"U8","data_offsets":[0,1]}}', 1, /expected shape to be an array, found nothing/],
    [
      '{"x":{"dtype":"U8","shape":[2.0],"data_offsets":[0,2]}}',
      2,
      /expected shape\[0\] to be an integer .* found a fraction/,
    ],
    ['{"x":{"dtype":"U8","shape":[-2],"data_offsets":[0,2]}}', 2, /found a fraction or a negative number/],
    [
      '{"x":{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,2]}}',
      2,
      /expected shape\[0\] .* found 9007199254740992/,
    ],
    ['{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2,4]}}', 2, /expected data_offsets to be \[begin, end\]/],
    ['{"x":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}}', 2, /with begin ≤ end, found \[2,0\]/],
    [
      '{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,2]}}',
      2,
      /tensor "x": U8 \[3\] takes 3 bytes, but data_offsets hold 2/,
    ],
    [
      '{"x":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}}',
      0,
      /takes no whole number of bytes below 2\^53/,
    ],
    [`{"x":${u8(1, 3)}}`, 3, /tensor "x": its data leaves a hole before it: expected it to begin at byte \d+/],
    [`{"x":${u8(0, 2)},"y":${u8(1, 3)}}`, 3, /tensor "y": its data overlaps the tensor before it/],
    [`{"x":${u8(0, 2)}}`, 3, /file: the tensors end at byte 63, but the file has 64 bytes \(at byte 63\)/],
    [`{"x":${u8(0, 2)}}`, 1, /file: the tensors end at byte 63, but the file has 62 bytes \(at byte 62\)/],
  ])("%s", (header, data, message) => {
    expect(() => decode(fileOf(header, data))).toThrow(message);
    expect(() => decode(fileOf(header, data))).toThrow(SafetensorsError);
  });

  it("bounds the header's length before anything is read", () => {
    const claim = (length: bigint, size = 16) => {
      const bytes = new Uint8Array(size);
      new DataView(bytes.buffer).setBigUint64(0, length, true);
      return bytes;
    };
    expect(() => decode(new Uint8Array(7))).toThrow("file: expected at least 8 bytes, have 7 (at byte 0)");
    expect(() => decode(claim(2n ** 64n - 1n))).toThrow(
      "expected a length of at most 100000000 bytes, found 18446744073709551615",
    );
    expect(() => decode(claim(9n))).toThrow("header: its length is 9 bytes, but the file has 8 left (at byte 0)");
  });

  it("accepts what the reference accepts: no padding, unknown fields, padding, any order of keys", () => {
    const text = `{"b":{"foo":{"a":[null,true]},"dtype":"U8","shape":[1],"data_offsets":[1,2]},"a":${u8(0, 1)}}`;
    expect([...decode(fileOf(`${text} `, 2)).tensors.keys()]).toEqual(["a", "b"]);
    expect(decode(fileOf(`{"a":${u8(0, 0, "[0,9007199254740991,9007199254740991]")}}`, 0)).tensors.size).toBe(1);
  });

  it("never throws anything but its own error, whatever the bytes", () => {
    const start = golden("shapes");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: start.length - 1 }), fc.nat({ max: 255 })), { maxLength: 4 }),
        (edits) => {
          const bytes = start.slice();
          for (const [at, byte] of edits) bytes[at] = byte;
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(SafetensorsError);
            expect((error as Error).message).not.toMatch(/\n/);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("openRanged", () => {
  const bytes = encode({ a: f32([2], 1, 2), b: f32([1], 3) }, { k: "v" });
  const ranges: [number, number][] = [];
  const source = async (offset: number, length: number) => {
    ranges.push([offset, length]);
    return bytes.slice(offset, offset + length);
  };

  it("reads the header, then only what is asked for", async () => {
    const reader = await openRanged(source, bytes.length);
    expect(reader.header.metadata.get("k")).toBe("v");
    ranges.length = 0;
    expect(await reader.read("b")).toEqual(f32([1], 3));
    expect(ranges).toEqual([[bytes.length - 4, 4]]);
  });

  it("reports a missing tensor, a short source and a wrong length", async () => {
    const reader = await openRanged(source);
    await expect(reader.read("c")).rejects.toThrow('safetensors: read: no tensor "c" in this file; it holds "a", "b"');
    const cut = await openRanged(async (offset, length) =>
      bytes.slice(offset, Math.min(offset + length, bytes.length - 1)),
    );
    await expect(cut.read("b")).rejects.toThrow('tensor "b": expected 4 bytes from the source, got 3');
    await expect(openRanged(source, bytes.length + 1)).rejects.toThrow("the file has");
    await expect(openRanged(async () => new Uint8Array(3))).rejects.toThrow(
      "expected 8 bytes from the source, got 3 (at byte 0)",
    );
  });
});

function randomTensor(dtype: Dtype, shape: number[], stream: fc.Stream<number>): Tensor {
  const array = arrayOf(dtype);
  const count = shape.reduce((a, b) => a * b, 1) * (dtype === "C64" ? 2 : 1);
  // No bytes of 0xff: a NaN's payload may change on its way through a float array.
  const bytes = Uint8Array.from({ length: count * array.BYTES_PER_ELEMENT }, () => stream.next().value % 120);
  return { dtype, shape, data: new array(bytes.buffer) } as Tensor;
}

function fileOf(header: string | Uint8Array, dataLength: number): Uint8Array {
  const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

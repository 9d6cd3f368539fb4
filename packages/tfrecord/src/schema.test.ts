import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  bytes,
  bytesFeature,
  decodeExample,
  decodeRecords,
  encodeExample,
  encodeRecord,
  FeatureError,
  float,
  floatFeature,
  int64,
  int64Feature,
  ProtobufError,
  parseExample,
  serializeExample,
  text,
} from "./index.ts";

const hex = (value: string) => Uint8Array.from(Buffer.from(value, "hex"));

/** The seed's Example, and one of every kind. */
const image = hex("ffd8ff");
const example = encodeExample({
  label: int64Feature([3]),
  image_raw: bytesFeature(image),
  box: floatFeature([0.5, 1, 1.5, 2]),
  tags: bytesFeature("cat", "dög"),
  ids: int64Feature([1n, 2n ** 60n]),
  nothing: { kind: "unset" },
});

describe("parseExample", () => {
  it("gives typed records", () => {
    const parsed = parseExample(example, {
      label: int64(),
      image_raw: bytes(),
      box: float({ shape: [2, 2] }),
      tags: text({ varLen: true }),
      ids: int64({ varLen: true }),
    });
    expectTypeOf(parsed).toEqualTypeOf<{
      label: bigint;
      image_raw: Uint8Array;
      box: Float32Array;
      tags: string[];
      ids: BigInt64Array;
    }>();
    expect(parsed).toEqual({
      label: 3n,
      image_raw: image,
      box: Float32Array.of(0.5, 1, 1.5, 2),
      tags: ["cat", "dög"],
      ids: BigInt64Array.of(1n, 2n ** 60n),
    });
    expect(parsed.image_raw.buffer).toBe(example.buffer);
  });

  it("gives integers as numbers where that is asked for, and never a rounded one", () => {
    const { label } = parseExample(example, { label: int64({ as: "number" }) });
    expectTypeOf(label).toEqualTypeOf<number>();
    expect(label).toBe(3);
    const ids = int64({ as: "number", varLen: true });
    expectTypeOf(() => parseExample(example, { ids }).ids).returns.toEqualTypeOf<number[]>();
    expect(() => parseExample(example, { ids })).toThrow(
      'feature "ids": expected integers within ±(2^53 − 1), as: "number" holds no others, got 1152921504606846976',
    );
    const edge = encodeExample({ x: int64Feature([2n ** 53n - 1n, -(2n ** 53n) + 1n]) });
    const x = int64({ as: "number", shape: [2] });
    expect(parseExample(edge, { x }).x).toEqual([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);
    for (const past of [2n ** 53n, -(2n ** 53n)]) {
      expect(() => parseExample(encodeExample({ x: int64Feature([0n, past]) }), { x })).toThrow(`got ${past}`);
    }
  });

  it("takes defaults for what is missing or has no list, a new one each time", () => {
    const schema = {
      absent: int64({ default: -1n }),
      nothing: float({ shape: [3], default: 0.5 }),
      many: float({ shape: [2], default: [1, 2] }),
      name: text({ default: "none" }),
      blob: bytes({ shape: [2], default: image }),
      list: bytes({ varLen: true }),
    };
    const parsed = parseExample(example, schema);
    expect(parsed).toEqual({
      absent: -1n,
      nothing: Float32Array.of(0.5, 0.5, 0.5),
      many: Float32Array.of(1, 2),
      name: "none",
      blob: [image, image],
      list: [],
    });
    parsed.nothing[0] = 9;
    expect(parseExample(example, schema).nothing[0]).toBe(0.5);
  });

  const record = [...decodeRecords(encodeRecord(example), { source: "train.tfrecord" })][0]!;

  it.each([
    [{ gone: int64() }, 'feature "gone": expected 1 int64 value, but it is missing and has no default'],
    [{ nothing: bytes() }, 'feature "nothing": expected 1 bytes value, but it is missing and has no default'],
    [{ label: bytes() }, 'feature "label": expected 1 bytes value, got 1 int64 value'],
    [{ label: float({ varLen: true }) }, 'feature "label": expected float values, got 1 int64 value'],
    [{ box: float() }, 'feature "box": expected 1 float value, got 4'],
    [{ box: float({ shape: [2, 3] }) }, 'feature "box": expected 6 float values ([2, 3]), got 4'],
    [{ image_raw: text() }, 'feature "image_raw": expected text in UTF-8, got other bytes'],
  ])("names feature, record and file: %#", (schema, problem) => {
    let error: unknown;
    try {
      parseExample(record, schema);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(FeatureError);
    expect((error as FeatureError).message).toBe(`train.tfrecord: record 0 (at byte 0): ${problem}`);
    expect(error).toMatchObject({ feature: Object.keys(schema)[0], place: { source: "train.tfrecord", record: 0 } });
    expect(() => parseExample(record.data, schema)).toThrow(problem);
  });

  it("names the place of bytes that are no Example", () => {
    const parse = (data: Uint8Array) => parseExample({ ...record, data }, { label: int64() });
    expect(() => parse(hex("0a05"))).toThrow(ProtobufError);
    expect(() => parse(hex("0a05"))).toThrow(
      "train.tfrecord: record 0 (at byte 0): expected a length of at most 0 bytes, which are left, got 5 (at byte 1 of",
    );
  });

  it("passes over the insides of features that nobody asked for", () => {
    const broken = hex("0a0d0a0b0a017812061a040a02ffff");
    expect(() => decodeExample(broken)).toThrow("expected 1 more byte");
    expect(parseExample(broken, { y: int64({ default: 1n }) })).toEqual({ y: 1n });
  });

  it("takes any name", () => {
    const odd = encodeExample(new Map([["__proto__", int64Feature([1])]]));
    const parsed = parseExample(odd, { ["__proto__"]: int64() });
    expect(Object.entries(parsed)).toEqual([["__proto__", 1n]]);
    expect(() => parseExample(odd, { constructor: int64() })).toThrow('feature "constructor": expected 1 int64 value');
  });
});

describe("serializeExample", () => {
  const schema = {
    label: int64({ as: "number" }),
    big: int64(),
    bigs: int64({ varLen: true }),
    image_raw: bytes(),
    blobs: bytes({ varLen: true }),
    box: float({ shape: [2, 2] }),
    name: text(),
    names: text({ shape: [2] }),
  };

  it("gives what the features give", () => {
    const values = {
      ...{ label: -3, big: 2n ** 63n - 1n, bigs: [1n, -1n], image_raw: image, blobs: [image, image] },
      ...{ box: [1, 2, 3, 4], name: "ü", names: ["a", ""] },
    };
    expect(serializeExample(values, schema)).toEqual(
      encodeExample({
        label: int64Feature([-3]),
        big: int64Feature([2n ** 63n - 1n]),
        bigs: int64Feature([1n, -1n]),
        image_raw: bytesFeature(image),
        blobs: bytesFeature(image, image),
        box: floatFeature([1, 2, 3, 4]),
        name: bytesFeature("ü"),
        names: bytesFeature("a", ""),
      }),
    );
  });

  it("comes back", () => {
    const safe = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
    const string = fc.string({ unit: "grapheme", maxLength: 6 });
    fc.assert(
      fc.property(
        fc.record({
          label: safe,
          big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          bigs: fc.bigInt64Array({ maxLength: 4 }),
          image_raw: fc.uint8Array({ maxLength: 9 }),
          blobs: fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 3 }),
          box: fc.float32Array({ minLength: 4, maxLength: 4 }),
          name: string,
          names: fc.array(string, { minLength: 2, maxLength: 2 }),
        }),
        (values) => {
          expect(parseExample(serializeExample(values, schema), schema)).toEqual(values);
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each<[() => unknown, string]>([
    [() => serializeExample({} as { x: bigint }, { x: int64() }), 'feature "x": expected a value, got none'],
    [
      () => serializeExample({ x: [1, 2, 3] }, { x: float({ shape: [2] }) }),
      'feature "x": expected 2 float values ([2]), got 3',
    ],
    [
      () => serializeExample({ x: 2 ** 53 }, { x: int64({ as: "number" }) }),
      'feature "x": int64Feature: value 0: expected an integer within ±(2^53 − 1), got 9007199254740992',
    ],
    [
      () => serializeExample({ x: 2n ** 63n }, { x: int64() }),
      'feature "x": int64Feature: value 0: expected an integer of',
    ],
    [
      () => serializeExample({ x: "\ud800" }, { x: text() }),
      'feature "x": encode: "\\ud800" holds half a surrogate pair',
    ],
  ])("refuses what the schema or the format cannot hold: %#", (make, message) => expect(make).toThrow(message));
});

describe("specs", () => {
  it.each<[() => unknown, string]>([
    [() => float({ shape: [0] }), "float: shape: expected an integer from 1 to 2^53 − 1, got 0"],
    [() => int64({ shape: [2], default: [1n] }), "int64: default: expected 2 values for [2], got 1"],
    [() => int64({ as: "number", default: 0.5 }), "int64Feature: value 0: expected an integer"],
    [() => text({ varLen: true, default: "a" } as never), "text: expected varLen alone, got it with shape or default"],
  ])("that cannot be are refused: %#", (make, message) => expect(make).toThrow(message));
});

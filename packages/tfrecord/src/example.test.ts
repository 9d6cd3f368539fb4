import fc from "fast-check";
import { describe, expect, it } from "vitest";
import goldens from "../goldens/tfrecord.json" with { type: "json" };
import {
  bytesFeature,
  decodeExample,
  type Example,
  encodeExample,
  type Feature,
  floatFeature,
  int64Feature,
  ProtobufError,
} from "./index.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

interface FrozenFeature {
  readonly kind: string;
  readonly values?: readonly (string | number)[];
}

function featureFrom({ kind, values = [] }: FrozenFeature): Feature {
  if (kind === "bytes") return bytesFeature(...values.map((value) => hex(`${value}`)));
  if (kind === "float") return floatFeature(values.map(Number));
  return kind === "int64" ? int64Feature(values.map(BigInt)) : { kind: "unset" };
}

describe("Examples that Google's protobuf wrote", () => {
  const frozen = goldens.examples.map(({ features, message }) => ({
    message: hex(message),
    features: new Map(
      (features as unknown as [string, FrozenFeature][]).map(([name, feature]) => [name, featureFrom(feature)]),
    ),
  }));

  it.each(frozen)("are read, and written byte for byte: %#", ({ message, features }) => {
    expect(decodeExample(message)).toEqual(features);
    expect(encodeExample(features)).toEqual(message);
    expect(encodeExample(new Map([...features].reverse()))).toEqual(message);
  });

  it("may hold __proto__, and no prototype is touched", () => {
    const example = decodeExample(frozen[2]!.message);
    expect(example.get("__proto__")).toEqual({ kind: "bytes", values: [hex(""), hex("00ff"), hex("70")] });
    expect(Object.getPrototypeOf(example)).toBe(Map.prototype);
    expect(({} as Record<string, unknown>).kind).toBeUndefined();
    const named = JSON.parse('{"__proto__": {"kind": "unset"}}') as Record<string, Feature>;
    expect(decodeExample(encodeExample(named))).toEqual(new Map([["__proto__", { kind: "unset" }]]));
  });

  it("cut at any byte, or with bytes changed, are refused or read, and nothing else happens", () => {
    const { message } = frozen[2]!;
    for (let length = 1; length < message.length; length++) {
      expect(() => decodeExample(message.subarray(0, length))).toThrow(ProtobufError);
    }
    const edit = fc.tuple(fc.nat({ max: message.length - 1 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const bytes = message.slice();
        for (const [at, byte] of edits) bytes[at] = byte;
        try {
          expect(decodeExample(bytes)).toBeInstanceOf(Map);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtobufError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("Examples", () => {
  const feature: fc.Arbitrary<Feature> = fc.oneof(
    fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 4 }).map((values) => bytesFeature(...values)),
    fc.float32Array({ maxLength: 6 }).map((values) => floatFeature(values)),
    fc.bigInt64Array({ maxLength: 6 }).map((values) => int64Feature(values)),
    fc.constant<Feature>({ kind: "unset" }),
  );
  const name = fc.string({ unit: "grapheme", maxLength: 8 });

  it("come back, and do not depend on the order of their names", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, feature), { maxLength: 6 }), (pairs) => {
        const example: Example = new Map(pairs);
        const bytes = encodeExample(example);
        expect(decodeExample(bytes)).toEqual(example);
        expect(encodeExample(new Map([...example].reverse()))).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  // features { feature { key: "x", value { …_list { … } } } }
  const withFeature = (...feature: number[]) =>
    Uint8Array.of(0x0a, feature.length + 7, 0x0a, feature.length + 5, 0x0a, 1, 0x78, 0x12, feature.length, ...feature);

  it.each<[string, Uint8Array, Feature]>([
    ["int64, one a field", withFeature(0x1a, 4, 0x08, 5, 0x08, 6), int64Feature([5, 6])],
    ["int64, packed and not", withFeature(0x1a, 8, 0x08, 5, 0x0a, 2, 6, 7, 0x08, 8), int64Feature([5, 6, 7, 8])],
    ["float, one a field", withFeature(0x12, 5, 0x0d, 0, 0, 0xc0, 0x3f), floatFeature([1.5])],
    ["one list in two parts", withFeature(0x1a, 2, 0x08, 5, 0x1a, 2, 0x08, 6), int64Feature([5, 6])],
    ["two kinds, of which the last counts", withFeature(0x0a, 3, 0x0a, 1, 5, 0x1a, 2, 0x08, 6), int64Feature([6])],
    ["unknown fields around", withFeature(0x20, 1, 0x1a, 5, 0x08, 5, 0x12, 1, 0), int64Feature([5])],
  ])("are read however they are laid out: %s", (_, bytes, expected) => {
    expect(decodeExample(bytes)).toEqual(new Map([["x", expected]]));
  });

  it("whose names come twice hold the last", () => {
    const twice = Uint8Array.of(
      ...encodeExample({ x: int64Feature([1]) }),
      ...encodeExample({ x: int64Feature([2]), y: { kind: "unset" } }),
    );
    expect(decodeExample(twice)).toEqual(
      new Map([
        ["x", int64Feature([2])],
        ["y", { kind: "unset" }],
      ]),
    );
  });

  it("have packed lists that end where a value does", () => {
    const halfFloat = withFeature(0x12, 5, 0x0a, 3, 0, 0, 0xc0);
    expect(() => decodeExample(halfFloat)).toThrow("expected 4 more bytes, have 3 (at byte 13 of the message)");
    expect(() => decodeExample(withFeature(0x1a, 3, 0x0a, 1, 0x80))).toThrow("expected 1 more byte, have 0");
    expect(() => decodeExample(Uint8Array.of(0x0a, 5, 0x0a, 3, 0x0a, 1, 0xff))).toThrow("expected a string in UTF-8");
  });
});

describe("features", () => {
  it("are made of what JavaScript has", () => {
    expect(bytesFeature("ü", Uint8Array.of(1))).toEqual({ kind: "bytes", values: [hex("c3bc"), hex("01")] });
    expect(floatFeature([0.1])).toEqual({ kind: "float", values: Float32Array.of(0.1) });
    expect(int64Feature([-3, 2n ** 62n])).toEqual({ kind: "int64", values: BigInt64Array.of(-3n, 2n ** 62n) });
  });

  it.each<[() => unknown, string]>([
    [() => int64Feature([1, 0.5]), "int64Feature: value 1: expected an integer within ±(2^53 − 1), got 0.5"],
    [
      () => int64Feature([2 ** 53]),
      "int64Feature: value 0: expected an integer within ±(2^53 − 1), got 9007199254740992",
    ],
    [() => int64Feature([2n ** 63n]), "int64Feature: value 0: expected an integer of 64 bits, got 9223372036854775808"],
    [() => bytesFeature("\ud800"), 'encode: "\\ud800" holds half a surrogate pair, which UTF-8 cannot write'],
    [() => encodeExample({ "\udc00": { kind: "unset" } }), 'encode: "\\udc00" holds half a surrogate pair'],
  ])("refuse what the format cannot hold: %#", (make, message) => expect(make).toThrow(message));
});

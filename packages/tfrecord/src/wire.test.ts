import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WireReader, WireType } from "./wire.ts";
import { packInt64s, WireWriter } from "./wire-writer.ts";

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

describe("varints", () => {
  it("come back", () => {
    fc.assert(
      fc.property(fc.array(int64), (values) => {
        const reader = new WireReader(packInt64s(BigInt64Array.from(values)));
        expect(values.map(() => reader.int64())).toEqual(values);
        expect(reader.done).toBe(true);
      }),
    );
  });

  it("of lengths come back up to 2^53 − 1, and not beyond", () => {
    const unsigned = (value: bigint) => new WireReader(packInt64s(BigInt64Array.of(value))).varint();
    fc.assert(fc.property(fc.maxSafeNat(), (value) => unsigned(BigInt(value)) === value));
    expect(() => unsigned(2n ** 53n)).toThrow("expected a varint of at most 2^53 − 1");
    expect(() => unsigned(-1n)).toThrow("expected a varint of at most 2^53 − 1");
  });

  it("may be longer than they need be, up to ten bytes", () => {
    expect(new WireReader(Uint8Array.of(0x81, 0x80, 0)).varint()).toBe(1);
    expect(new WireReader(Uint8Array.of(...Array(9).fill(0x80), 0)).int64()).toBe(0n);
    expect(() => new WireReader(new Uint8Array(11).fill(0x80)).int64()).toThrow("at most 10 bytes");
    expect(() => new WireReader(new Uint8Array(11).fill(0x80)).varint()).toThrow("got a larger one (at byte 0");
    expect(() => new WireReader(Uint8Array.of(0x80)).int64()).toThrow("expected 1 more byte, have 0 (at byte 1");
  });
});

describe("fields", () => {
  const group = (field: number, inner: readonly number[]) => [field * 8 + 3, ...inner, field * 8 + 4];

  it.each<[string, readonly number[]]>([
    ["varint", [0x08, 0x96, 1]],
    ["fixed64", [0x09, 1, 2, 3, 4, 5, 6, 7, 8]],
    ["bytes", [0x0a, 2, 1, 2]],
    ["fixed32", [0x0d, 1, 2, 3, 4]],
    ["group", group(1, [0x10, 1, ...group(2, [0x1a, 1, 4]), 0x25, 0, 0, 0, 0])],
  ])("are passed over: %s", (_, bytes) => {
    const reader = new WireReader(Uint8Array.of(...bytes, 0x78, 7));
    reader.skip(reader.tag());
    expect(reader.tag()).toEqual({ field: 15, wireType: WireType.varint });
  });

  it.each<[string, readonly number[], string]>([
    ["field 0", [0x00, 1], "expected a field number from 1 to 536870911, got 0 (at byte 0"],
    ["a field beyond 29 bits", [0x80, 0x80, 0x80, 0x80, 0x10, 0], "got 536870912 (at byte 0"],
    ["wire type 6", [0x08, 1, 0x0e], "expected a wire type from 0 to 5, got 6 (at byte 2"],
    [
      "a length beyond the end",
      [0x0a, 3, 1, 2],
      "expected a length of at most 2 bytes, which are left, got 3 (at byte 1",
    ],
    ["a cut double", [0x09, 1, 2], "expected 8 more bytes, have 2 (at byte 1"],
    ["a group's end alone", [0x0c], "got the end of group 1, which did not begin"],
    ["another group's end", [0x0b, 0x14], "got the end of group 2, which did not begin"],
    ["a group without end", [0x0b, 0x10, 1], "expected 1 more byte, have 0 (at byte 3"],
    ["a tower of groups", Array(10_000).fill(0x0b), "expected at most 32 levels of groups"],
  ])("may not be %s", (_, bytes, message) => {
    const reader = new WireReader(Uint8Array.from(bytes));
    const skipAll = () => {
      while (!reader.done) reader.skip(reader.tag());
    };
    expect(skipAll).toThrow(
      expect.objectContaining({ name: "ProtobufError", message: expect.stringContaining(message) }),
    );
  });

  it("count their offsets from the outermost message", () => {
    const inner = new WireWriter().int64(1, 5n).bytes(2, Uint8Array.of(0xff));
    const outer = new WireReader(new WireWriter().int64(1, 1n).message(3, inner).finish());
    outer.skip(outer.tag());
    outer.tag();
    const message = outer.message();
    message.skip(message.tag());
    message.tag();
    expect(() => message.string()).toThrow(
      "protobuf: expected a string in UTF-8, got other bytes (at byte 7 of the message)",
    );
  });
});

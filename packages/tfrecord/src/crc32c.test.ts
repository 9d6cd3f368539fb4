import fc from "fast-check";
import { expect, it } from "vitest";
import { crc32c, maskedCrc32c } from "./crc32c.ts";

const text = (value: string) => new TextEncoder().encode(value);

// RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
it.each<[string, Uint8Array, number]>([
  ["nothing", new Uint8Array(0), 0],
  ["123456789", text("123456789"), 0xe3069283],
  ["a", text("a"), 0xc1d04330],
  ["32 bytes of zeros", new Uint8Array(32), 0x8a9136aa],
  ["32 bytes of ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ["32 bytes that rise", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ["32 bytes that fall", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  [
    "an iSCSI read command",
    Uint8Array.from(
      Buffer.from(
        "01c00000000000000000000000000000140000000000040000000014000000182800000000000000020000000000000000",
        "hex",
      ),
    ).subarray(0, 48),
    0xd9963a56,
  ],
])("the checksum of %s", (_, bytes, expected) => expect(crc32c(bytes)).toBe(expected));

/** The definition: one bit at a time. */
function bitwise(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

it("is the definition's, and goes on from an earlier one", () => {
  fc.assert(
    // Above 64 bytes, words are read: from any address, with any number of bytes left over.
    fc.property(fc.uint8Array({ maxLength: 200, size: "max" }), fc.nat(), fc.nat(7), (given, cut, shift) => {
      const bytes = new Uint8Array(given.length + shift).subarray(shift);
      bytes.set(given);
      const expected = bitwise(bytes);
      expect(crc32c(bytes)).toBe(expected);
      const at = cut % (bytes.length + 1);
      expect(crc32c(bytes.subarray(at), crc32c(bytes.subarray(0, at)))).toBe(expected);
    }),
    { numRuns: 300 },
  );
});

it("is masked as TensorFlow masks it", () => {
  // The first twelve bytes of two files that TensorFlow wrote: a length, and the masked checksum of its eight bytes.
  expect(maskedCrc32c(Uint8Array.of(0x73, 0x0c, 0, 0, 0, 0, 0, 0))).toBe(0xf77f4a87);
  expect(maskedCrc32c(Uint8Array.of(0x88, 0, 0, 0, 0, 0, 0, 0))).toBe(0xe2ecdefc);
});

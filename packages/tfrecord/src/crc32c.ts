/** Castagnoli's polynomial 0x1EDC6F41, its bits reversed. */
const POLYNOMIAL = 0x82f63b78;
/** What TensorFlow adds to a rotated checksum, so that a checksum of data that hold checksums is no fixed point. */
const MASK_DELTA = 0xa282ead8;

/**
 * Table k, at 256·k, gives the remainder of a byte that is followed by k zero bytes.
 * Eight of them let a turn of the loop take eight bytes ("slicing-by-8": Kounavis and Berry, 2008).
 */
const TABLES = /* @__PURE__ */ makeTables();

function makeTables(): Uint32Array {
  const tables = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256]!;
    tables[i] = (before >>> 8) ^ tables[before & 0xff]!;
  }
  return tables;
}

/**
 * CRC-32C (Castagnoli) of bytes: reflected, initial value and final XOR 0xFFFFFFFF.
 *
 * @param previous checksum of the bytes before these, to go on from. Default: 0, nothing before.
 * @returns an unsigned 32-bit integer. `crc32c` of the text "123456789" is 0xe3069283.
 * @see RFC 3720, appendix B.4
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const t = TABLES;
  let crc = ~previous;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc =
      t[1792 + (crc & 0xff)]! ^
      t[1536 + ((crc >>> 8) & 0xff)]! ^
      t[1280 + ((crc >>> 16) & 0xff)]! ^
      t[1024 + (crc >>> 24)]! ^
      t[768 + bytes[i + 4]!]! ^
      t[512 + bytes[i + 5]!]! ^
      t[256 + bytes[i + 6]!]! ^
      t[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ t[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}

/** CRC-32C as TFRecord stores it: rotated right by 15 bits, plus 0xa282ead8, modulo 2³². */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

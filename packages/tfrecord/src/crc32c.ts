/** Castagnoli's polynomial 0x1EDC6F41, its bits reversed. */
const POLYNOMIAL = 0x82f63b78;
/** What TensorFlow adds to a rotated checksum, so that a checksum of data that hold checksums is no fixed point. */
const MASK_DELTA = 0xa282ead8;

/**
 * Table k, at 256·k, gives the remainder of a byte that is followed by k zero bytes.
 * Sixteen of them let a turn of the loop take sixteen bytes ("slicing-by-N": Kounavis and Berry, 2008).
 */
const TABLES = /* @__PURE__ */ makeTables();

function makeTables(): Uint32Array {
  const tables = new Uint32Array(16 * 256);
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

/** Words of memory are read as they lie, which is the order that the tables need on all but big-endian machines. */
const IS_LITTLE_ENDIAN = /* @__PURE__ */ isLittleEndian();

function isLittleEndian(): boolean {
  return new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
}

/** Below this, the view that words need costs more than it saves. */
const MIN_WORD_BYTES = 64;

/**
 * CRC-32C (Castagnoli) of bytes: reflected, initial value and final XOR 0xFFFFFFFF.
 *
 * @param previous checksum of the bytes before these, to go on from. Default: 0, nothing before.
 * @returns an unsigned 32-bit integer. `crc32c` of the text "123456789" is 0xe3069283.
 * @see RFC 3720, appendix B.4
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  if (!IS_LITTLE_ENDIAN || bytes.length < MIN_WORD_BYTES) return ~byBytes(~previous, bytes) >>> 0;
  const head = -bytes.byteOffset & 3;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + head, ((bytes.length - head) >> 4) * 4);
  const crc = byWords(byBytes(~previous, bytes.subarray(0, head)), words);
  return ~byBytes(crc, bytes.subarray(head + words.byteLength)) >>> 0;
}

function byBytes(start: number, bytes: Uint8Array): number {
  let crc = start;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[i]!) & 0xff]!;
  return crc;
}

/** @param words a multiple of four */
function byWords(start: number, words: Uint32Array): number {
  const t = TABLES;
  let crc = start;
  for (let i = 0; i < words.length; i += 4) {
    const a = crc ^ words[i]!;
    const b = words[i + 1]!;
    const c = words[i + 2]!;
    const d = words[i + 3]!;
    crc =
      t[3840 + (a & 0xff)]! ^
      t[3584 + ((a >>> 8) & 0xff)]! ^
      t[3328 + ((a >>> 16) & 0xff)]! ^
      t[3072 + (a >>> 24)]! ^
      t[2816 + (b & 0xff)]! ^
      t[2560 + ((b >>> 8) & 0xff)]! ^
      t[2304 + ((b >>> 16) & 0xff)]! ^
      t[2048 + (b >>> 24)]! ^
      t[1792 + (c & 0xff)]! ^
      t[1536 + ((c >>> 8) & 0xff)]! ^
      t[1280 + ((c >>> 16) & 0xff)]! ^
      t[1024 + (c >>> 24)]! ^
      t[768 + (d & 0xff)]! ^
      t[512 + ((d >>> 8) & 0xff)]! ^
      t[256 + ((d >>> 16) & 0xff)]! ^
      t[d >>> 24]!;
  }
  return crc;
}

/** CRC-32C as TFRecord stores it: rotated right by 15 bits, plus 0xa282ead8, modulo 2³². */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

/**
 * @file Protobuf's wire format, as far as TensorFlow's records use it.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
import { ProtobufError } from "./errors.ts";
import { plainBytes } from "./plain-bytes.ts";

/** How a field's value is laid out; 6 and 7 are not defined. */
export const WireType = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

export type WireType = (typeof WireType)[keyof typeof WireType];

/** What stands before a value. */
export interface Tag {
  readonly field: number;
  readonly wireType: WireType;
}

/** Levels of groups, which only foreign messages have, that are skipped. */
const MAX_GROUP_DEPTH = 32;
const MAX_FIELD = 2 ** 29 - 1;

const utf8 = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads one message from its beginning to its end; never past it. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Where `bytes` begins in the message that was decoded first. */
  readonly #base: number;
  #offset = 0;

  constructor(bytes: Uint8Array, base = 0) {
    this.#bytes = plainBytes(bytes);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#base = base;
  }

  /** Whether everything was read. */
  get done(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** A fault at the next byte. */
  fail(problem: string): ProtobufError {
    return new ProtobufError(problem, this.#base + this.#offset);
  }

  tag(): Tag {
    const at = this.#offset;
    const value = this.varint();
    const [field, wireType] = [Math.floor(value / 8), value % 8];
    this.#offset = field < 1 || field > MAX_FIELD || wireType > 5 ? at : this.#offset;
    if (field < 1 || field > MAX_FIELD) throw this.fail(`expected a field number from 1 to ${MAX_FIELD}, got ${field}`);
    if (wireType > 5) throw this.fail(`expected a wire type from 0 to 5, got ${wireType}`);
    return { field, wireType: wireType as WireType };
  }

  /** An unsigned integer up to 2⁵³ − 1: a tag, a length. */
  varint(): number {
    const at = this.#offset;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++, scale *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte >= 0x80) continue;
      if (Number.isSafeInteger(value)) return value;
      break;
    }
    this.#offset = at;
    throw this.fail("expected a varint of at most 2^53 − 1, got a larger one");
  }

  /** A signed 64-bit integer in two's complement: a varint of up to ten bytes. */
  int64(): bigint {
    const at = this.#offset;
    let low = 0;
    for (let i = 0, scale = 1; i < 7; i++, scale *= 128) {
      const byte = this.#byte();
      low += (byte & 0x7f) * scale;
      if (byte < 0x80) return BigInt(low);
    }
    let high = 0;
    for (let i = 0, scale = 1; i < 3; i++, scale *= 128) {
      const byte = this.#byte();
      high += (byte & 0x7f) * scale;
      if (byte < 0x80) return BigInt.asIntN(64, BigInt(low) | (BigInt(high) << 49n));
    }
    this.#offset = at;
    throw this.fail("expected a varint of at most 10 bytes, got a longer one");
  }

  float(): number {
    this.#need(4);
    this.#offset += 4;
    return this.#view.getFloat32(this.#offset - 4, true);
  }

  double(): number {
    this.#need(8);
    this.#offset += 8;
    return this.#view.getFloat64(this.#offset - 8, true);
  }

  /** Bytes with their length before them: a view. */
  bytes(): Uint8Array {
    const length = this.#length();
    this.#offset += length;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }

  /** Text with its length before it. */
  string(): string {
    const at = this.#offset;
    try {
      return utf8.decode(this.bytes());
    } catch (error) {
      if (error instanceof ProtobufError) throw error;
      this.#offset = at;
      throw this.fail("expected a string in UTF-8, got other bytes");
    }
  }

  /** A message inside of this one, or a packed list, with its length before it. */
  message(): WireReader {
    const length = this.#length();
    const base = this.#base + this.#offset;
    this.#offset += length;
    return new WireReader(this.#bytes.subarray(this.#offset - length, this.#offset), base);
  }

  /** Passes over the value of a field that nobody asked for. */
  skip({ field, wireType }: Tag, depth = 0): void {
    if (wireType === WireType.varint) this.int64();
    else if (wireType === WireType.fixed64) this.double();
    else if (wireType === WireType.fixed32) this.float();
    else if (wireType === WireType.bytes) this.bytes();
    else if (wireType === WireType.startGroup) this.#skipGroup(field, depth + 1);
    else throw this.fail(`expected a value, got the end of group ${field}, which did not begin`);
  }

  #skipGroup(field: number, depth: number): void {
    if (depth > MAX_GROUP_DEPTH) throw this.fail(`expected at most ${MAX_GROUP_DEPTH} levels of groups, got more`);
    for (;;) {
      const tag = this.tag();
      if (tag.wireType === WireType.endGroup && tag.field === field) return;
      this.skip(tag, depth);
    }
  }

  /** A length that the message can hold. */
  #length(): number {
    const at = this.#offset;
    const length = this.varint();
    const left = this.#bytes.length - this.#offset;
    if (length <= left) return length;
    this.#offset = at;
    throw this.fail(`expected a length of at most ${left} bytes, which are left, got ${length}`);
  }

  #byte(): number {
    this.#need(1);
    return this.#bytes[this.#offset++]!;
  }

  #need(count: number): void {
    const left = this.#bytes.length - this.#offset;
    if (count > left) throw this.fail(`expected ${count} more ${count === 1 ? "byte" : "bytes"}, have ${left}`);
  }
}

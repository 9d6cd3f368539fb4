/** @file The other direction of wire.ts: protobuf messages from values, and what values must be for it. */
import { quote, TfRecordError } from "./errors.ts";
import { WireType } from "./wire.ts";

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Gathers a message. Byte arrays are not copied before `finish`, however deep they lie. */
export class WireWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** A field of type int64. */
  int64(field: number, value: bigint): this {
    return this.#tag(field, WireType.varint).#put(varint(BigInt.asUintN(64, value)));
  }

  /** A field of type float: rounded to the nearest one. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#tag(field, WireType.fixed32).#put(bytes);
  }

  /** A field of type double. */
  double(field: number, value: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    return this.#tag(field, WireType.fixed64).#put(bytes);
  }

  /** A field of type bytes, or string in UTF-8, or a packed list. */
  bytes(field: number, value: Uint8Array): this {
    return this.#tag(field, WireType.bytes)
      .#put(varint(BigInt(value.length)))
      .#put(value);
  }

  /** A message within this one. */
  message(field: number, message: WireWriter): this {
    this.#tag(field, WireType.bytes).#put(varint(BigInt(message.#length)));
    for (const part of message.#parts) this.#put(part);
    return this;
  }

  finish(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#length);
    let offset = 0;
    for (const part of this.#parts) {
      bytes.set(part, offset);
      offset += part.length;
    }
    return bytes;
  }

  #tag(field: number, wireType: WireType): this {
    return this.#put(varint(BigInt(field * 8 + wireType)));
  }

  #put(part: Uint8Array): this {
    this.#parts.push(part);
    this.#length += part.length;
    return this;
  }
}

/** An unsigned integer of at most 64 bits, seven bits a byte, lowest first. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  pushVarint(bytes, value);
  return Uint8Array.from(bytes);
}

function pushVarint(bytes: number[], value: bigint): void {
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
}

/** The body of a packed list of int64. */
export function packInt64s(values: BigInt64Array): Uint8Array {
  const bytes: number[] = [];
  for (const value of values) pushVarint(bytes, BigInt.asUintN(64, value));
  return Uint8Array.from(bytes);
}

/** The body of a packed list of float. */
export function packFloats(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setFloat32(4 * i, value, true);
  });
  return bytes;
}

/** The body of a packed list of double. */
export function packDoubles(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => {
    view.setFloat64(8 * i, value, true);
  });
  return new Uint8Array(view.buffer);
}

/** An int64, if the value is one. */
export function toInt64(subject: string, value: number | bigint): bigint {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new TfRecordError(`${subject}: expected an integer within ±(2^53 − 1), got ${value}`);
  }
  const integer = BigInt(value);
  if (BigInt.asIntN(64, integer) === integer) return integer;
  throw new TfRecordError(`${subject}: expected an integer of 64 bits, got ${integer}`);
}

/** Text as UTF-8, which cannot write half a surrogate pair; TextEncoder would put another character in its place. */
export function encodeText(text: string): Uint8Array {
  if (LONE_SURROGATE.test(text)) {
    throw new TfRecordError(`encode: ${quote(text)} holds half a surrogate pair, which UTF-8 cannot write`);
  }
  return new TextEncoder().encode(text);
}

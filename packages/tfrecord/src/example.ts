import { WireReader, WireType } from "./wire.ts";
import { encodeText, packFloats, packInt64s, toInt64, WireWriter } from "./wire-writer.ts";

/**
 * A list of values of one type: `tensorflow.Feature`.
 *
 * int64 values are a BigInt64Array, whatever their size: a number could not hold them all, and a type that depends on
 * the values would be worse. `Number(values[0])` makes a label a number. "unset" is a feature without a list, which
 * TensorFlow takes for a missing one.
 */
export type Feature =
  | { readonly kind: "bytes"; readonly values: readonly Uint8Array[] }
  | { readonly kind: "float"; readonly values: Float32Array }
  | { readonly kind: "int64"; readonly values: BigInt64Array }
  | { readonly kind: "unset" };

/** `tensorflow.Example`: features by name. */
export type Example = Map<string, Feature>;

/** Features by name, as a Map or as a plain object. */
export type FeatureMap = ReadonlyMap<string, Feature> | Readonly<Record<string, Feature>>;

/** A feature of byte strings; text becomes UTF-8. */
export function bytesFeature(...values: readonly (Uint8Array | string)[]): Feature {
  return { kind: "bytes", values: values.map((value) => (typeof value === "string" ? encodeText(value) : value)) };
}

/** A feature of float32 values; numbers are rounded to the nearest one. */
export function floatFeature(values: Float32Array | readonly number[]): Feature {
  return { kind: "float", values: values instanceof Float32Array ? values : Float32Array.from(values) };
}

/**
 * A feature of 64-bit integers.
 *
 * @throws TfRecordError when a number is no integer within ±(2⁵³ − 1), or a bigint does not fit 64 bits.
 */
export function int64Feature(values: BigInt64Array | readonly (number | bigint)[]): Feature {
  if (values instanceof BigInt64Array) return { kind: "int64", values };
  return {
    kind: "int64",
    values: BigInt64Array.from(values, (value, i) => toInt64(`int64Feature: value ${i}`, value)),
  };
}

/**
 * Encodes a `tf.train.Example`. Lists are packed.
 *
 * Features are written in the order of their names' UTF-8 bytes, as protobuf's deterministic serialization does, so
 * that equal examples are equal bytes, in whatever order they were put together.
 *
 * @throws TfRecordError when a name cannot be written in UTF-8.
 *
 * @example
 * const record = encodeRecord(encodeExample({ label: int64Feature([3]), image: bytesFeature(jpeg) }));
 */
export function encodeExample(features: FeatureMap): Uint8Array<ArrayBuffer> {
  const pairs = features instanceof Map ? [...features] : Object.entries(features as Record<string, Feature>);
  const entries = pairs.map(([name, feature]) => ({ key: encodeText(name), feature }));
  entries.sort((a, b) => compareBytes(a.key, b.key));
  const map = new WireWriter();
  for (const { key, feature } of entries) {
    map.message(1, new WireWriter().bytes(1, key).message(2, featureMessage(feature)));
  }
  return new WireWriter().message(1, map).finish();
}

function featureMessage(feature: Feature): WireWriter {
  const message = new WireWriter();
  if (feature.kind === "unset") return message;
  const list = new WireWriter();
  if (feature.kind === "bytes") {
    for (const value of feature.values) list.bytes(1, value);
    return message.message(1, list);
  }
  if (feature.values.length > 0) {
    list.bytes(1, feature.kind === "float" ? packFloats(feature.values) : packInt64s(feature.values));
  }
  return message.message(feature.kind === "float" ? 2 : 3, list);
}

/**
 * Decodes a `tf.train.Example`, packed or not. Byte strings are views into `bytes`; numbers are copies.
 *
 * As in protobuf, unknown fields are passed over, and of two features with one name the last counts.
 *
 * @throws ProtobufError when the bytes are no such message.
 * @see https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/example/feature.proto
 */
export function decodeExample(bytes: Uint8Array): Example {
  return decodeFeatures(bytes, everything);
}

const everything = { has: () => true };

/** Decodes only the features that `wanted` has; those that the example lacks are missing. */
export function decodeFeatures(bytes: Uint8Array, wanted: { has(name: string): boolean }): Example {
  const example: Example = new Map();
  eachFeature(bytes, (name, message) => {
    if (wanted.has(name)) example.set(name, message === null ? { kind: "unset" } : decodeFeature(message));
  });
  return example;
}

/** Visits every entry of the map of features. */
function eachFeature(bytes: Uint8Array, visit: (name: string, feature: WireReader | null) => void): void {
  eachMessage(new WireReader(bytes), 1, (features) => {
    eachMessage(features, 1, (entry) => {
      let name = "";
      let feature: WireReader | null = null;
      while (!entry.done) {
        const tag = entry.tag();
        if (tag.field === 1 && tag.wireType === WireType.bytes) name = entry.string();
        else if (tag.field === 2 && tag.wireType === WireType.bytes) feature = entry.message();
        else entry.skip(tag);
      }
      visit(name, feature);
    });
  });
}

/** Visits the messages that stand in one field, and passes over all others. */
function eachMessage(reader: WireReader, field: number, visit: (message: WireReader) => void): void {
  while (!reader.done) {
    const tag = reader.tag();
    if (tag.field === field && tag.wireType === WireType.bytes) visit(reader.message());
    else reader.skip(tag);
  }
}

const KINDS = ["bytes", "float", "int64"] as const;

/** A oneof: the last kind counts; lists of that kind that came one after the other are one list. */
function decodeFeature(reader: WireReader): Feature {
  let kind: Feature["kind"] = "unset";
  let lists: WireReader[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    const found = KINDS[tag.field - 1];
    if (found === undefined || tag.wireType !== WireType.bytes) {
      reader.skip(tag);
      continue;
    }
    if (found !== kind) lists = [];
    kind = found;
    lists.push(reader.message());
  }
  if (kind === "bytes") return { kind, values: lists.flatMap(byteStrings) };
  if (kind === "float") return { kind, values: new Float32Array(numbers(lists, WireType.fixed32, (r) => r.float())) };
  if (kind === "int64") return { kind, values: new BigInt64Array(numbers(lists, WireType.varint, (r) => r.int64())) };
  return { kind };
}

function byteStrings(list: WireReader): Uint8Array[] {
  const values: Uint8Array[] = [];
  while (!list.done) {
    const tag = list.tag();
    if (tag.field === 1 && tag.wireType === WireType.bytes) values.push(list.bytes());
    else list.skip(tag);
  }
  return values;
}

/** The numbers of lists, packed or one a field, or both. */
function numbers<T>(lists: readonly WireReader[], single: WireType, read: (reader: WireReader) => T): T[] {
  const values: T[] = [];
  for (const list of lists) {
    while (!list.done) {
      const tag = list.tag();
      if (tag.field === 1 && tag.wireType === single) values.push(read(list));
      else if (tag.field === 1 && tag.wireType === WireType.bytes) {
        const packed = list.message();
        while (!packed.done) values.push(read(packed));
      } else list.skip(tag);
    }
  }
  return values;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

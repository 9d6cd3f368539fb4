/**
 * @file The few messages of ONNX that a network needs, in protobuf.
 *
 * Written with tfrecord's writer of protobuf's wire format: a library that knows all of onnx.proto takes 44 MB to write
 * seven kinds of message.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import { WireWriter } from "@tessera/tfrecord";

/** What a node is told besides its inputs: whole numbers, text, or floats, which are marked. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** A tensor that is part of the file. */
export interface Constant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

const elementType = { float: 1, int64: 7 };
const attributeType = { float: 1, int: 2, string: 3, ints: 7 };

/** UTF-8. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A `NodeProto`. */
export function nodeMessage(
  type: string,
  name: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, Attribute>>,
): WireWriter {
  const node = new WireWriter();
  for (const input of inputs) node.bytes(1, utf8(input));
  node.bytes(2, utf8(output)).bytes(3, utf8(name)).bytes(4, utf8(type));
  for (const [key, value] of Object.entries(attributes)) node.message(5, attributeMessage(key, value));
  return node;
}

function attributeMessage(name: string, value: Attribute): WireWriter {
  const attribute = new WireWriter().bytes(1, utf8(name));
  if (typeof value === "number") return attribute.int64(3, BigInt(value)).int64(20, BigInt(attributeType.int));
  if (typeof value === "string") return attribute.bytes(4, utf8(value)).int64(20, BigInt(attributeType.string));
  if ("float" in value) return attribute.float(2, value.float).int64(20, BigInt(attributeType.float));
  for (const each of value) attribute.int64(8, BigInt(each));
  return attribute.int64(20, BigInt(attributeType.ints));
}

/** A `TensorProto`. Its data are little-endian, as the machine's are. */
export function constantMessage({ name, shape, data }: Constant): WireWriter {
  const tensor = new WireWriter();
  for (const size of shape) tensor.int64(1, BigInt(size));
  const type = data instanceof Float32Array ? elementType.float : elementType.int64;
  return tensor
    .int64(2, BigInt(type))
    .bytes(8, utf8(name))
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** A `ValueInfoProto` of float32; its first axis, the batch, is of any size. */
export function valueMessage(name: string, shape: readonly number[]): WireWriter {
  const dimensions = new WireWriter().message(1, new WireWriter().bytes(2, utf8("N")));
  for (const size of shape.slice(1)) dimensions.message(1, new WireWriter().int64(1, BigInt(size)));
  const tensor = new WireWriter().int64(1, BigInt(elementType.float)).message(2, dimensions);
  return new WireWriter().bytes(1, utf8(name)).message(2, new WireWriter().message(1, tensor));
}

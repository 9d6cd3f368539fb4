/** @file An ONNX graph as it grows, and values in it that know their shape and the place of their channels. */
import { type Shape, sizeOf, type Tensor } from "@tessera/tensor";
import { WireWriter } from "@tessera/tfrecord";
import { type Attribute, type Constant, constantMessage, nodeMessage } from "./messages.ts";

/** What flows through the graph. */
export interface Value {
  readonly name: string;
  /** As the engine has it: channels last, batch axis included. */
  readonly shape: Shape;
  /** Where the channels are in the graph; in [N, C] both are the same. */
  readonly channels: "first" | "last";
}

/** Gathers nodes and constants. */
export class OnnxGraph {
  readonly #nodes: WireWriter[] = [];
  readonly #constants = new Map<string, WireWriter>();
  readonly #weights: ReadonlyMap<Tensor, Constant>;
  #count = 0;

  /** @param weights the model's state, read already */
  constructor(weights: ReadonlyMap<Tensor, Constant>) {
    this.#weights = weights;
  }

  /** Adds a node; returns the name of its output. */
  node(type: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.named(type, inputs, `${type.toLowerCase()}_${this.#count++}`, attributes);
  }

  /** Adds a node whose output has this name. */
  named(
    type: string,
    inputs: readonly string[],
    name: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    this.#nodes.push(nodeMessage(type, name, inputs, name, attributes));
    return name;
  }

  /** Adds a node that keeps everything but the value. */
  map(
    type: string,
    x: Value,
    others: readonly string[] = [],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    return { ...x, name: this.node(type, [x.name, ...others], attributes) };
  }

  constant(data: Float32Array | readonly number[], shape: Shape): string {
    const name = `constant_${this.#constants.size}`;
    return this.#keep({ name, shape, data: Float32Array.from(data) });
  }

  integers(data: readonly number[]): string {
    const name = `constant_${this.#constants.size}`;
    return this.#keep({ name, shape: [data.length], data: BigInt64Array.from(data, BigInt) });
  }

  /** A weight of the model under its own name, its axes in another order where `permutation` says so. */
  weight(tensor: Tensor, permutation?: readonly number[], shape?: Shape): string {
    const { name, data, shape: stored } = this.#weights.get(tensor)!;
    const ordered = permutation ? permuted(data as Float32Array, stored, permutation) : { data, shape: stored };
    return this.#keep({ name, data: ordered.data, shape: shape ?? ordered.shape });
  }

  /** x with its channels first, as ONNX's convolutions and poolings want them. */
  channelsFirst(x: Value): Value {
    const rank = x.shape.length;
    if (x.channels === "first" || rank < 3) return { ...x, channels: "first" };
    const perm = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
    return { ...x, channels: "first", name: this.node("Transpose", [x.name], { perm }) };
  }

  /** x with its channels last, as the engine has them. */
  channelsLast(x: Value): Value {
    const rank = x.shape.length;
    if (x.channels === "last" || rank < 3) return { ...x, channels: "last" };
    const perm = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
    return { ...x, channels: "last", name: this.node("Transpose", [x.name], { perm }) };
  }

  /** The `GraphProto`, without inputs and outputs. */
  finish(name: string): WireWriter {
    const graph = new WireWriter();
    for (const node of this.#nodes) graph.message(1, node);
    graph.bytes(2, new TextEncoder().encode(name));
    for (const constant of this.#constants.values()) graph.message(5, constant);
    return graph;
  }

  /** Adds what is not there yet: a layer may be called more than once. */
  #keep(constant: Constant): string {
    if (!this.#constants.has(constant.name)) this.#constants.set(constant.name, constantMessage(constant));
    return constant.name;
  }
}

/** Elements with their axes in another order: axis i of the result is axis `order[i]` of the input. */
function permuted(data: Float32Array, shape: Shape, order: readonly number[]): { data: Float32Array; shape: Shape } {
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const sizes = order.map((axis) => shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const result = new Float32Array(data.length);
  const index = new Array<number>(order.length).fill(0);
  let from = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[from]!;
    for (let axis = order.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++index[axis]! < sizes[axis]!) break;
      from -= steps[axis]! * sizes[axis]!;
      index[axis] = 0;
    }
  }
  return { data: result, shape: sizes };
}

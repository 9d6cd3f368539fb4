/** @file Attention in ONNX's words: products of matrices stacked by head. */
import type { Shape } from "@tessera/tensor";
import type { Dense } from "../../layers/dense.ts";
import type { MultiHeadAttention } from "../../layers/multi-head-attention.ts";
import type { SelfAttention2D } from "../../layers/self-attention2d.ts";
import type { OnnxGraph, Value } from "./graph.ts";

type WriteDense = (layer: Dense, x: Value, graph: OnnxGraph) => Value;

/** Self-attention: [N, length, inputs] → [N, length, units]; more axes may stand between N and length. */
export function attention(layer: MultiHeadAttention, input: Value, graph: OnnxGraph, dense: WriteDense): Value {
  const x = graph.channelsLast(input);
  const rank = x.shape.length + 1;
  const swapped = [...Array(rank - 3).keys(), rank - 2, rank - 3, rank - 1];
  const split = (part: Dense, perm: readonly number[]) => {
    const { name, shape } = dense(part, x, graph);
    const parted = reshaped(name, [...shape.slice(0, -1), layer.numHeads, shape.at(-1)! / layer.numHeads], graph);
    return graph.node("Transpose", [parted], { perm });
  };
  const query = split(layer.query, swapped);
  const key = split(layer.key, [...Array(rank - 3).keys(), rank - 2, rank - 1, rank - 3]);
  const depth = layer.query.kernel.shape[1]! / layer.numHeads;
  const products = graph.node("MatMul", [query, key]);
  const scores = graph.node("Div", [products, graph.constant([Math.sqrt(depth)], [])]);
  const shares = graph.node("Softmax", [scores], { axis: -1 });
  const heads = graph.node("MatMul", [shares, split(layer.value, swapped)]);
  const shape = [...x.shape.slice(0, -1), layer.value.kernel.shape[1]!];
  const name = reshaped(graph.node("Transpose", [heads], { perm: swapped }), shape, graph);
  return dense(layer.output, { name, shape, channels: "last" }, graph);
}

/** Over the pixels of an image. */
export function pixelAttention(layer: SelfAttention2D, input: Value, graph: OnnxGraph, dense: WriteDense): Value {
  const x = graph.channelsLast(input);
  const [n, height, width, channels] = x.shape as [number, number, number, number];
  const sequence: Shape = [n, height * width, channels];
  const pixels: Value = { name: reshaped(x.name, sequence, graph), shape: sequence, channels: "last" };
  const { name } = attention(layer.attention, pixels, graph, dense);
  const shape = layer.outputShape(x.shape);
  return { name: reshaped(name, shape, graph), shape, channels: "last" };
}

/** The first axis, the batch, stays as it is: 0 says so. */
function reshaped(name: string, shape: Shape, graph: OnnxGraph): string {
  return graph.node("Reshape", [name, graph.integers([0, ...shape.slice(1)])]);
}

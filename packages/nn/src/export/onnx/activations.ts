/** @file Activations in ONNX's words. */
import type { ActivationName } from "../../layers/activation.ts";
import type { OnnxGraph, Value } from "./graph.ts";

type Write = (x: Value, graph: OnnxGraph) => Value;

const same: Write = (x) => x;
const silu: Write = (x, graph) => graph.map("Mul", x, [graph.node("Sigmoid", [x.name])]);

/** x/2 · (1 + erf(x / √2)): ONNX has had a node of its own for it only since opset 20. */
const gelu: Write = (x, graph) => {
  const error = graph.node("Erf", [graph.node("Div", [x.name, graph.constant([Math.SQRT2], [])])]);
  const share = graph.node("Add", [error, graph.constant([1], [])]);
  return graph.map("Mul", graph.map("Mul", x, [share]), [graph.constant([0.5], [])]);
};

/** Over the last axis of the engine's layout. */
const overChannels =
  (type: "Softmax" | "LogSoftmax"): Write =>
  (x, graph) =>
    graph.map(type, graph.channelsLast(x), [], { axis: -1 });

const table: Readonly<Record<ActivationName, Write>> = {
  none: same,
  linear: same,
  relu: (x, graph) => graph.map("Relu", x),
  elu: (x, graph) => graph.map("Elu", x),
  leaky_relu: (x, graph) => graph.map("LeakyRelu", x, [], { alpha: { float: 0.2 } }),
  sigmoid: (x, graph) => graph.map("Sigmoid", x),
  tanh: (x, graph) => graph.map("Tanh", x),
  softplus: (x, graph) => graph.map("Softplus", x),
  silu,
  swish: silu,
  gelu,
  softmax: overChannels("Softmax"),
  log_softmax: overChannels("LogSoftmax"),
};

/** An activation of x. */
export function activated(name: ActivationName, x: Value, graph: OnnxGraph): Value {
  return table[name](x, graph);
}

/** @file How each layer is written: one line a layer, looked up by its class. */
import { ArgumentError, type Interpolation, sizeOf } from "@tessera/tensor";
import { Composite, type Wiring } from "../../composite.ts";
import { Activation } from "../../layers/activation.ts";
import { AveragePooling2D } from "../../layers/average-pooling2d.ts";
import { BatchNormalization } from "../../layers/batch-normalization.ts";
import { Conv2D } from "../../layers/conv2d.ts";
import { Conv2DTranspose } from "../../layers/conv2d-transpose.ts";
import { Dense } from "../../layers/dense.ts";
import { DepthwiseConv2D } from "../../layers/depthwise-conv2d.ts";
import { DropBlock2D } from "../../layers/drop-block2d.ts";
import { Dropout } from "../../layers/dropout.ts";
import { Flatten } from "../../layers/flatten.ts";
import { GlobalAveragePooling2D } from "../../layers/global-average-pooling2d.ts";
import { GlobalMaxPooling2D } from "../../layers/global-max-pooling2d.ts";
import { LayerNormalization } from "../../layers/layer-normalization.ts";
import { MaxPooling2D } from "../../layers/max-pooling2d.ts";
import { MultiHeadAttention } from "../../layers/multi-head-attention.ts";
import { Rescaling } from "../../layers/rescaling.ts";
import { SelfAttention2D } from "../../layers/self-attention2d.ts";
import { SeparableConv2D } from "../../layers/separable-conv2d.ts";
import { Sequential } from "../../layers/sequential.ts";
import { Softmax } from "../../layers/softmax.ts";
import { UpSampling2D } from "../../layers/up-sampling2d.ts";
import { ZeroPadding2D } from "../../layers/zero-padding2d.ts";
import type { Module } from "../../module.ts";
import { activated } from "./activations.ts";
import { attention, pixelAttention } from "./attention.ts";
import type { OnnxGraph, Value } from "./graph.ts";
import { convolution, depthwise, pooled, transposed } from "./window.ts";

type Write<L extends Module> = (layer: L, x: Value, graph: OnnxGraph) => Value;

interface Rule {
  readonly type: abstract new (...values: never[]) => Module;
  readonly write: Write<Module>;
}

function rule<L extends Module>(type: abstract new (...values: never[]) => L, write: Write<L>): Rule {
  return { type, write: write as Write<Module> };
}

const handedOn = (_: Module, x: Value) => x;

const rules: readonly Rule[] = [
  rule(Activation, (layer, x, graph) => activated(layer.name, x, graph)),
  rule(AveragePooling2D, (layer, x, graph) => pooled("AveragePool", layer, x, graph)),
  rule(BatchNormalization, normalized),
  rule(Composite, (layer, x, graph) => layer.wire(x, wiring(graph))),
  rule(Conv2D, convolution),
  rule(Conv2DTranspose, transposed),
  rule(Dense, dense),
  rule(DepthwiseConv2D, depthwise),
  rule(DropBlock2D, handedOn),
  rule(Dropout, handedOn),
  rule(Flatten, (_, x, graph) => flat(graph.channelsLast(x), graph)),
  rule(GlobalAveragePooling2D, ({ keepDims }, x, graph) => overImage("GlobalAveragePool", x, graph, keepDims)),
  rule(GlobalMaxPooling2D, (_, x, graph) => overImage("GlobalMaxPool", x, graph)),
  rule(LayerNormalization, layerNormalized),
  rule(MaxPooling2D, (layer, x, graph) => pooled("MaxPool", layer, x, graph)),
  rule(MultiHeadAttention, (layer, x, graph) => attention(layer, x, graph, dense)),
  rule(Rescaling, ({ scale }, x, graph) => graph.map("Mul", x, [graph.constant([scale], [])])),
  rule(SelfAttention2D, (layer, x, graph) => pixelAttention(layer, x, graph, dense)),
  rule(SeparableConv2D, (layer, x, graph) => write(layer.pointwise, write(layer.depthwise, x, graph), graph)),
  rule(Sequential, (layer, x, graph) => [...layer.layers.values()].reduce((y, each) => write(each, y, graph), x)),
  rule(Softmax, ({ options: { axis = -1 } }, x, graph) => graph.map("Softmax", graph.channelsLast(x), [], { axis })),
  rule(UpSampling2D, larger),
  rule(ZeroPadding2D, padded),
];

/** What a module makes of x in inference. */
export function write(layer: Module, x: Value, graph: OnnxGraph): Value {
  const found = rules.find(({ type }) => layer instanceof type);
  if (found) return found.write(layer, x, graph);
  const hint = "hint: a module of other modules has one where it extends Composite";
  throw new ArgumentError(`ONNX: ${layer.kind} has no ONNX form\n  ${hint}`);
}

function wiring(graph: OnnxGraph): Wiring<Value> {
  return {
    call: (module: Module, x: Value) => write(module, x, graph),
    relu: (x: Value) => graph.map("Relu", x),
    add: (a: Value, b: Value) =>
      graph.map("Add", a, [(a.channels === "first" ? graph.channelsFirst(b) : graph.channelsLast(b)).name]),
    concat: (values: readonly Value[]) => joined(values, graph),
    resize: (x: Value, { shape }: Value, interpolation: Interpolation) =>
      resized(x, [shape[1]!, shape[2]!], interpolation, graph),
  };
}

/** Along the channels. */
function joined(values: readonly Value[], graph: OnnxGraph): Value {
  const parts = values.map((value) => graph.channelsFirst(value));
  const channels = parts.reduce((sum, { shape }) => sum + shape.at(-1)!, 0);
  const name = graph.node(
    "Concat",
    parts.map((part) => part.name),
    { axis: 1 },
  );
  return { name, shape: [...parts[0]!.shape.slice(0, -1), channels], channels: "first" };
}

function normalized(layer: BatchNormalization, input: Value, graph: OnnxGraph): Value {
  const statistics = [layer.gamma, layer.beta, layer.movingMean, layer.movingVariance];
  const weights = statistics.map((each) => graph.weight(each));
  return graph.map("BatchNormalization", graph.channelsFirst(input), weights, { epsilon: { float: layer.epsilon } });
}

function layerNormalized(layer: LayerNormalization, input: Value, graph: OnnxGraph): Value {
  const weights = [graph.weight(layer.gamma), graph.weight(layer.beta)];
  const options = { axis: -layer.gamma.rank, epsilon: { float: layer.epsilon } };
  return graph.map("LayerNormalization", graph.channelsLast(input), weights, options);
}

function dense(layer: Dense, input: Value, graph: OnnxGraph): Value {
  const x = graph.channelsLast(input);
  const product = graph.node("MatMul", [x.name, graph.weight(layer.kernel)]);
  const name = layer.bias ? graph.node("Add", [product, graph.weight(layer.bias)]) : product;
  return activated(layer.activation, { name, shape: layer.outputShape(x.shape), channels: "last" }, graph);
}

function flat(x: Value, graph: OnnxGraph): Value {
  const shape = [x.shape[0]!, sizeOf(x.shape.slice(1))];
  return { name: graph.node("Flatten", [x.name], { axis: 1 }), shape, channels: "last" };
}

/** One value of each channel of an image. */
function overImage(type: string, input: Value, graph: OnnxGraph, keepDims = false): Value {
  const x = graph.channelsFirst(input);
  const [n, , , channels] = x.shape as [number, number, number, number];
  const one: Value = { name: graph.node(type, [x.name]), shape: [n, 1, 1, channels], channels: "first" };
  return keepDims ? one : flat(one, graph);
}

function larger(layer: UpSampling2D, x: Value, graph: OnnxGraph): Value {
  const [, height, width] = layer.outputShape(x.shape) as [number, number, number, number];
  return resized(x, [height, width], layer.interpolation, graph);
}

/** Nearest: output pixel i of n shows pixel ⌊i · size / n⌋. Bilinear: half-pixel centres. */
function resized(
  input: Value,
  [height, width]: readonly [number, number],
  interpolation: Interpolation,
  graph: OnnxGraph,
): Value {
  const x = graph.channelsFirst(input);
  const nearest = { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
  const linear = { mode: "linear", coordinate_transformation_mode: "half_pixel" };
  const inputs = [x.name, "", "", graph.integers([height, width])];
  const name = graph.node("Resize", inputs, { axes: [2, 3], ...(interpolation === "nearest" ? nearest : linear) });
  return { name, shape: [x.shape[0]!, height, width, x.shape[3]!], channels: "first" };
}

function padded(layer: ZeroPadding2D, input: Value, graph: OnnxGraph): Value {
  const x = graph.channelsFirst(input);
  const p = layer.padding;
  const name = graph.node("Pad", [x.name, graph.integers([0, 0, p, p, 0, 0, p, p])], { mode: "constant" });
  return { name, shape: layer.outputShape(x.shape), channels: "first" };
}

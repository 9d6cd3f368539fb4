/** @file Convolutions and poolings in ONNX's words. Paddings are written out, so that nothing depends on a reader's `auto_pad`. */
import type { Shape } from "@tessera/tensor";
import type { Conv2D } from "../../layers/conv2d.ts";
import type { Conv2DTranspose } from "../../layers/conv2d-transpose.ts";
import type { DepthwiseConv2D } from "../../layers/depthwise-conv2d.ts";
import { pair, reachOf } from "../../layers/layer-shapes.ts";
import type { Pooling2D } from "../../layers/pooling2d.ts";
import { activated } from "./activations.ts";
import type { OnnxGraph, Value } from "./graph.ts";

/** [top, left, bottom, right], the odd pixel at the bottom and right. */
function padsOf(input: Shape, output: Shape, reach: readonly number[], stride: readonly number[]): number[] {
  const totals = [0, 1].map((axis) => {
    const covered = (output[axis + 1]! - 1) * stride[axis]! + reach[axis]!;
    return Math.max(covered - input[axis + 1]!, 0);
  });
  return [...totals.map((total) => Math.floor(total / 2)), ...totals.map((total) => Math.ceil(total / 2))];
}

/** [height, width, inputs / groups, filters] → [filters, inputs / groups, height, width]. */
export function convolution(layer: Conv2D, x: Value, graph: OnnxGraph): Value {
  return convolved(layer, x, graph, { kernel: graph.weight(layer.kernel, [3, 2, 0, 1]), group: layer.options.groups });
}

/** [height, width, inputs, multiplier] → [inputs · multiplier, 1, height, width]. */
export function depthwise(layer: DepthwiseConv2D, x: Value, graph: OnnxGraph): Value {
  const [height, width, inputs, multiplier] = layer.kernel.shape as [number, number, number, number];
  const kernel = graph.weight(layer.kernel, [2, 3, 0, 1], [inputs * multiplier, 1, height, width]);
  return convolved(layer, x, graph, { kernel, group: inputs });
}

function convolved(
  layer: Conv2D | DepthwiseConv2D,
  input: Value,
  graph: OnnxGraph,
  { kernel, group }: { readonly kernel: string; readonly group: number },
): Value {
  const x = graph.channelsFirst(input);
  const shape = layer.outputShape(x.shape);
  const { stride, dilation, activation = "none" } = layer.options;
  const kernel_shape = layer.kernel.shape.slice(0, 2);
  const reach = kernel_shape.map((taps, axis) => reachOf(taps, dilation[axis]!));
  const pads = padsOf(x.shape, shape, reach, stride);
  const inputs = [x.name, kernel, ...(layer.bias ? [graph.weight(layer.bias)] : [])];
  const name = graph.node("Conv", inputs, { kernel_shape, strides: stride, dilations: dilation, pads, group });
  return activated(activation, { name, shape, channels: "first" }, graph);
}

/** [height, width, filters, inputs] → [inputs, filters, height, width]. */
export function transposed(layer: Conv2DTranspose, input: Value, graph: OnnxGraph): Value {
  const x = graph.channelsFirst(input);
  const shape = layer.outputShape(x.shape);
  const { stride = 1, dilation = 1, padding = "valid", activation = "none" } = layer.options;
  const [strides, dilations] = [pair(stride), pair(dilation)];
  const kernel_shape = layer.kernel.shape.slice(0, 2);
  const axes = [0, 1].map((axis) => {
    const reach = reachOf(kernel_shape[axis]!, dilations[axis]!);
    const covered = (x.shape[axis + 1]! - 1) * strides[axis]! + reach;
    const less = covered - shape[axis + 1]!;
    const before = padding === "same" ? Math.floor(Math.max(less, 0) / 2) : 0;
    return { before, after: Math.max(less - before, 0), more: Math.max(before - less, 0) };
  });
  const pads = [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)];
  const name = graph.node(
    "ConvTranspose",
    [x.name, graph.weight(layer.kernel, [3, 2, 0, 1]), ...(layer.bias ? [graph.weight(layer.bias)] : [])],
    { kernel_shape, strides, dilations, pads, output_padding: axes.map(({ more }) => more) },
  );
  return activated(activation, { name, shape, channels: "first" }, graph);
}

/** Padding counts neither for a maximum nor for a mean. */
export function pooled(type: "MaxPool" | "AveragePool", layer: Pooling2D, input: Value, graph: OnnxGraph): Value {
  const x = graph.channelsFirst(input);
  const shape = layer.outputShape(x.shape);
  const { window, stride } = layer.pooling;
  const pads = padsOf(x.shape, shape, window, stride);
  const name = graph.node(type, [x.name], { kernel_shape: window, strides: stride, pads });
  return { name, shape, channels: "first" };
}

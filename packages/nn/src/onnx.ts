/** @file Entry point: models as ONNX files. */
import type { Tensor } from "@tessera/tensor";
import { WireWriter } from "@tessera/tfrecord";
import type { PixelScaleOptions } from "./batch.ts";
import { activated } from "./export/onnx/activations.ts";
import { OnnxGraph, type Value } from "./export/onnx/graph.ts";
import { type Constant, utf8, valueMessage } from "./export/onnx/messages.ts";
import { write } from "./export/onnx/rules.ts";
import type { Module } from "./module.ts";

/** Options of {@link exportOnnx}. */
export interface OnnxOptions {
  /** Height, width and channels of an image. */
  readonly input: readonly [number, number, number];
  /** Axes of the graph's input: `"nhwc"` [N, H, W, C], as the engine's, or `"nchw"` [N, C, H, W]. Default: `"nhwc"`. */
  readonly layout?: "nhwc" | "nchw";
  /** Has the graph scale pixels, so that it takes 0 … 255 as float32. Default: it takes what the model takes. */
  readonly pixels?: Omit<PixelScaleOptions, "channels">;
  /** Whether the result is `probabilities`, a softmax of the `logits`. Default: false. */
  readonly softmax?: boolean;
  /** Names of the classes, kept in the file's metadata as JSON under `classes`. */
  readonly classes?: readonly string[];
  /** More metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** With 18 came a Resize to a size along some axes; runtimes since 2023 read it. */
const opset = 18n;
const irVersion = 8n;

/**
 * A model in inference as an ONNX file (opset 18): input `images`, float32 with a batch axis of any size; output `logits`,
 * or `probabilities` with `softmax`.
 *
 * @throws ArgumentError naming a layer that has no ONNX form
 * @throws ShapeError if the model does not take images of this size
 */
export async function exportOnnx(model: Module, options: OnnxOptions): Promise<Uint8Array> {
  const { input, layout = "nhwc", pixels, softmax = false, classes, metadata = {} } = options;
  model.outputShape([1, ...input]);
  const graph = new OnnxGraph(await weightsOf(model));
  const [height, width, channels] = input;
  const images: Value = { name: "images", shape: [1, ...input], channels: layout === "nchw" ? "first" : "last" };
  const logits = graph.channelsLast(write(model, pixels ? scaled(images, pixels, graph) : images, graph));
  const name = softmax ? "probabilities" : "logits";
  const result = softmax ? activated("softmax", logits, graph) : logits;
  graph.named("Identity", [result.name], name);
  const message = graph
    .finish(model.kind)
    .message(11, valueMessage("images", [1, ...(layout === "nchw" ? [channels, height, width] : input)]))
    .message(12, valueMessage(name, result.shape));
  const file = new WireWriter().int64(1, irVersion).bytes(2, utf8("tessera")).message(7, message);
  file.message(8, new WireWriter().bytes(1, utf8("")).int64(2, opset));
  const entries = { ...(classes && { classes: JSON.stringify(classes) }), layout, ...metadata };
  for (const [key, value] of Object.entries(entries)) {
    file.message(14, new WireWriter().bytes(1, utf8(key)).bytes(2, utf8(value)));
  }
  return file.finish();
}

async function weightsOf(model: Module): Promise<Map<Tensor, Constant>> {
  const read = async ([name, tensor]: [string, Tensor]) => {
    return [tensor, { name, shape: tensor.shape, data: (await tensor.data()) as Float32Array }] as const;
  };
  return new Map(await Promise.all(model.state().map(read)));
}

/** (pixel − mean) / deviation. */
function scaled(x: Value, { mean = 0, deviation = 255 }: Omit<PixelScaleOptions, "channels">, graph: OnnxGraph): Value {
  const spread = (values: number | readonly number[]) => {
    const list = typeof values === "number" ? [values] : values;
    return graph.constant(list, x.channels === "first" ? [1, list.length, 1, 1] : [list.length]);
  };
  return graph.map("Div", graph.map("Sub", x, [spread(mean)]), [spread(deviation)]);
}

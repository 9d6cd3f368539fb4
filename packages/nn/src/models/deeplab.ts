/** @file Segmentation: a class for every pixel. */
import { decode } from "@tessera/safetensors";
import { ArgumentError, type Shape, sizeOf, type Tensor } from "@tessera/tensor";
import { Composite, type Wiring } from "../composite.ts";
import { RandomStreams } from "../initializers.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Dense } from "../layers/dense.ts";
import { Dropout } from "../layers/dropout.ts";
import { GlobalAveragePooling2D } from "../layers/global-average-pooling2d.ts";
import { Sequential } from "../layers/sequential.ts";
import type { ForwardCost, Module, Part } from "../module.ts";
import { restoreState } from "../weights.ts";
import { BasicBlock } from "./basic-block.ts";
import { checkClasses, type ModelOptions, widthOf } from "./model-options.ts";
import { convolutionBlock, SpatialPyramid } from "./spatial-pyramid.ts";

/** Options of {@link deeplab}. */
export interface DeeplabOptions extends ModelOptions {
  /** Dilations of the pyramid's 3×3 convolutions, in pixels of the map, of an eighth of the image. Default: [6, 12, 18]. */
  readonly rates?: readonly number[];
  /** Dropout before the logits. Default: 0.5. */
  readonly dropout?: number;
}

/** The body's map at the height and width of its input, between pixels bilinear: [N, H, W, C] → [N, H, W, K]. */
class AtInputSize extends Composite {
  readonly kind = "AtInputSize";
  readonly body: Module;

  constructor(body: Module) {
    super();
    this.body = body;
  }

  wire<V>(x: V, { call, resize }: Wiring<V>): V {
    return resize(call(this.body, x), x, "bilinear");
  }

  outputShape(input: Shape): Shape {
    return [...input.slice(0, 3), this.body.outputShape(input).at(-1)!];
  }

  override parts(input: Shape): Part[] {
    return [["body", this.body, input]];
  }

  protected override ownCost(input: Shape): ForwardCost {
    return { multiplyAdds: 0, activations: sizeOf(this.outputShape(input)) };
  }
}

/**
 * A class for every pixel, as DeepLabV3 finds it, on a small residual network: [N, H, W, C] → logits [N, H, W, classes]
 * for images of any size. A 3×3 convolution of stride 2 with 64 filters; three basic blocks with 64, 128 and 256
 * filters, of which the first two have stride 2 and the last a dilation of 2, so that the map is an eighth of the image;
 * atrous spatial pyramid pooling and a 3×3 convolution with 256 filters; dropout and a 1×1 convolution to the logits,
 * which are brought to the image's size. With 2 classes 4,051,394 parameters are trainable.
 *
 * Source: Chen, Papandreou, Schroff and Adam, "Rethinking Atrous Convolution for Semantic Image Segmentation", 2017 (head
 * and rates); the backbone is a choice of ours, small enough to be trained without weights from elsewhere. In training a
 * batch needs two images, because the pyramid normalises one value an image and channel.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1
 */
export function deeplab({
  classes,
  input = [224, 224, 3],
  width,
  seed = 0,
  rates = [6, 12, 18],
  dropout = 0.5,
}: DeeplabOptions): Sequential {
  checkClasses("deeplab", classes);
  const scaled = widthOf("deeplab", width);
  const random = new RandomStreams(seed);
  const third = scaled(256);
  const layers = [
    ...backboneLayers(input[2], scaled, random),
    new SpatialPyramid({ inputs: third, filters: third, rates }, random),
    ...convolutionBlock({ inputs: third, filters: third, kernelSize: 3 }, random),
    new Dropout(dropout, random),
    new Conv2D({ inputs: third, filters: classes, kernelSize: 1 }, random),
  ];
  return new Sequential([new AtInputSize(new Sequential(layers))]);
}

/** Layers of the backbone, in both networks under the same names. */
const backboneLength = 6;

function backboneLayers(channels: number, scaled: (filters: number) => number, random: RandomStreams): Module[] {
  const [first, second, third] = [scaled(64), scaled(128), scaled(256)];
  return [
    ...convolutionBlock({ inputs: channels, filters: first, kernelSize: 3, stride: 2 }, random),
    new BasicBlock({ inputs: first, filters: first, stride: 2 }, random),
    new BasicBlock({ inputs: first, filters: second, stride: 2 }, random),
    new BasicBlock({ inputs: second, filters: third, dilation: 2 }, random),
  ];
}

/**
 * {@link deeplab}'s backbone as a classifier, to train it on images that have one class each: [N, H, W, C] → logits
 * [N, classes], by global average pooling and a dense layer. {@link loadBackbone} takes its weights.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1
 */
export function deeplabBackbone({ classes, input = [32, 32, 3], width, seed = 0 }: ModelOptions): Sequential {
  checkClasses("deeplabBackbone", classes);
  const scaled = widthOf("deeplabBackbone", width);
  const random = new RandomStreams(seed);
  return new Sequential([
    ...backboneLayers(input[2], scaled, random),
    new GlobalAveragePooling2D(),
    new Dense({ inputs: scaled(256), units: classes }, random),
  ]);
}

/**
 * Fills the backbone of a {@link deeplab} from weights of a {@link deeplabBackbone} or of another deeplab; what else the
 * file has is left aside, and the rest of the model as it is. Nothing is changed unless the whole backbone fits.
 *
 * @param file safetensors of float32, float16 or bfloat16
 * @returns how many tensors were taken, and how many left aside
 * @throws ArgumentError naming the tensor that the file lacks or has of another shape
 */
export function loadBackbone(model: Sequential, file: Uint8Array): { taken: number; left: number } {
  const whole = [...model.layers.values()][0];
  const body = whole instanceof AtInputSize && whole.body instanceof Sequential ? whole.body : null;
  if (!body) throw new ArgumentError("loadBackbone: the model is no deeplab");
  const layers = [...body.layers].slice(0, backboneLength);
  const state = layers.flatMap(([name, layer]) =>
    layer.state().map(([inner, value]): [string, Tensor] => [`${name}.${inner}`, value]),
  );
  const { tensors } = decode(file);
  const prefix = tensors.has(`at_input_size.body.${state[0]![0]}`) ? "at_input_size.body." : "";
  const own = state.flatMap(([name]) => {
    const stored = tensors.get(prefix + name);
    return stored ? [[name, stored] as const] : [];
  });
  restoreState("loadBackbone", state, new Map(own));
  return { taken: state.length, left: tensors.size - state.length };
}

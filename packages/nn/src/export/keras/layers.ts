/**
 * @file What each layer is in Keras: its configuration, its weights in Keras's order. One line a layer.
 * @see https://keras.io/api/layers/
 */
import { ArgumentError, type Shape, type Tensor } from "@tessera/tensor";
import { Activation } from "../../layers/activation.ts";
import { AveragePooling2D } from "../../layers/average-pooling2d.ts";
import { BatchNormalization } from "../../layers/batch-normalization.ts";
import { Conv2D } from "../../layers/conv2d.ts";
import { Dense } from "../../layers/dense.ts";
import { DepthwiseConv2D } from "../../layers/depthwise-conv2d.ts";
import { Dropout } from "../../layers/dropout.ts";
import { Flatten } from "../../layers/flatten.ts";
import { GlobalAveragePooling2D } from "../../layers/global-average-pooling2d.ts";
import { GlobalMaxPooling2D } from "../../layers/global-max-pooling2d.ts";
import { LayerNormalization } from "../../layers/layer-normalization.ts";
import { MaxPooling2D } from "../../layers/max-pooling2d.ts";
import type { Pooling2D } from "../../layers/pooling2d.ts";
import { Rescaling } from "../../layers/rescaling.ts";
import { SeparableConv2D } from "../../layers/separable-conv2d.ts";
import { type Sequential, snakeCase } from "../../layers/sequential.ts";
import { Softmax } from "../../layers/softmax.ts";
import { UpSampling2D } from "../../layers/up-sampling2d.ts";
import { ZeroPadding2D } from "../../layers/zero-padding2d.ts";
import type { Module } from "../../module.ts";

/** A layer as Keras knows it. */
export interface KerasLayer {
  /** Name inside of the model. */
  readonly name: string;
  /** Where a Keras 3 file has its weights: its class and how many of that class came before, whatever its name. */
  readonly path: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Keras's names of the weights, in Keras's order. */
  readonly weights: readonly (readonly [name: string, value: Tensor])[];
}

/** The layers of a model. Throws {@link ArgumentError} naming one that Keras does not have. */
export function kerasLayers(model: Sequential): KerasLayer[] {
  const seen = new Map<string, number>();
  return [...model.layers].map(([name, layer]) => {
    const found = rules.find(({ type }) => layer instanceof type);
    if (!found) throw new ArgumentError(`Keras: ${name} is a ${layer.kind}, which has no form in a Keras file`);
    const count = seen.get(layer.kind) ?? 0;
    seen.set(layer.kind, count + 1);
    const path = `${snakeCase(layer.kind)}${count === 0 ? "" : `_${count}`}`;
    return { name, path, className: layer.kind, config: found.config(layer), weights: found.weights(layer) };
  });
}

type Weights = readonly (readonly [string, Tensor])[];

interface Rule {
  readonly type: abstract new (...values: never[]) => Module;
  readonly config: (layer: Module) => Readonly<Record<string, unknown>>;
  readonly weights: (layer: Module) => Weights;
}

function rule<L extends Module>(
  type: abstract new (...values: never[]) => L,
  config: (layer: L) => Readonly<Record<string, unknown>>,
  weights: (layer: L) => Weights = () => [],
): Rule {
  return { type, config: config as Rule["config"], weights: weights as Rule["weights"] };
}

const data_format = "channels_last";

const rules: readonly Rule[] = [
  rule(Activation, ({ name }) => ({ activation: activation(name) })),
  rule(AveragePooling2D, pooling),
  rule(BatchNormalization, normalization, ({ gamma, beta, movingMean, movingVariance }) => [
    ...([
      ["gamma", gamma],
      ["beta", beta],
    ] as const),
    ...([
      ["moving_mean", movingMean],
      ["moving_variance", movingVariance],
    ] as const),
  ]),
  rule(
    Conv2D,
    (layer) => ({
      filters: layer.kernel.shape[3]!,
      ...window(layer),
      groups: layer.options.groups,
      ...penalty(layer, "kernel_regularizer", layer.kernel),
    }),
    ({ kernel, bias }) => withBias([["kernel", kernel]], bias),
  ),
  rule(Dense, dense, ({ kernel, bias }) => withBias([["kernel", kernel]], bias)),
  rule(
    DepthwiseConv2D,
    (layer) => ({
      ...window(layer),
      depth_multiplier: layer.kernel.shape[3]!,
      ...penalty(layer, "depthwise_regularizer", layer.kernel),
    }),
    ({ kernel, bias }) => withBias([["kernel", kernel]], bias),
  ),
  rule(Dropout, ({ rate }) => ({ rate, seed: null, noise_shape: null })),
  rule(Flatten, () => ({ data_format })),
  rule(GlobalAveragePooling2D, ({ keepDims }) => ({ data_format, keepdims: keepDims })),
  rule(GlobalMaxPooling2D, () => ({ data_format, keepdims: false })),
  rule(
    LayerNormalization,
    (layer) => ({ axis: lastAxes(layer.gamma.shape), epsilon: layer.epsilon, center: true, scale: true }),
    ({ gamma, beta }) => [
      ["gamma", gamma],
      ["beta", beta],
    ],
  ),
  rule(MaxPooling2D, pooling),
  rule(Rescaling, ({ scale }) => ({ scale, offset: 0 })),
  rule(SeparableConv2D, separable, ({ depthwise, pointwise }) =>
    withBias(
      [
        ["depthwise_kernel", depthwise.kernel],
        ["pointwise_kernel", pointwise.kernel],
      ],
      pointwise.bias,
    ),
  ),
  rule(Softmax, ({ options: { axis = -1 } }) => ({ axis })),
  rule(UpSampling2D, ({ scale, interpolation }) => ({ size: scale, data_format, interpolation })),
  rule(ZeroPadding2D, ({ padding: p }) => ({
    padding: [
      [p, p],
      [p, p],
    ],
    data_format,
  })),
];

function withBias(weights: Weights, bias: Tensor | null): Weights {
  return bias ? [...weights, ["bias", bias] as const] : weights;
}

/** Keras has no `none`. */
function activation(name: string): string {
  return name === "none" ? "linear" : name;
}

function penalty(layer: Module, key: string, weights: Tensor): Readonly<Record<string, unknown>> {
  const l2 = layer.penalized().find(([each]) => each === weights)?.[1];
  return {
    [key]:
      l2 === undefined
        ? null
        : { module: "keras.regularizers", class_name: "L2", config: { l2 }, registered_name: null },
  };
}

function window({ kernel, bias, options }: Conv2D | DepthwiseConv2D): Readonly<Record<string, unknown>> {
  return {
    kernel_size: kernel.shape.slice(0, 2),
    ...{ strides: options.stride, padding: options.padding, data_format, dilation_rate: options.dilation },
    ...{ activation: activation(options.activation ?? "none"), use_bias: bias !== null },
  };
}

function separable({ depthwise, pointwise }: SeparableConv2D): Readonly<Record<string, unknown>> {
  return {
    filters: pointwise.kernel.shape[3]!,
    ...window(depthwise),
    depth_multiplier: depthwise.kernel.shape[3]!,
    activation: activation(pointwise.options.activation ?? "none"),
    use_bias: pointwise.bias !== null,
    ...penalty(depthwise, "depthwise_regularizer", depthwise.kernel),
    ...penalty(pointwise, "pointwise_regularizer", pointwise.kernel),
  };
}

function dense(layer: Dense): Readonly<Record<string, unknown>> {
  return {
    units: layer.kernel.shape[1]!,
    activation: activation(layer.activation),
    use_bias: layer.bias !== null,
    ...penalty(layer, "kernel_regularizer", layer.kernel),
  };
}

function pooling({ pooling: { window: pool_size, stride, padding } }: Pooling2D): Readonly<Record<string, unknown>> {
  return { pool_size, padding, strides: stride, data_format };
}

function normalization({ momentum, epsilon }: BatchNormalization): Readonly<Record<string, unknown>> {
  return { axis: -1, momentum, epsilon, center: true, scale: true };
}

function lastAxes(shape: Shape): number | readonly number[] {
  return shape.length === 1 ? -1 : shape.map((_, i) => i - shape.length);
}

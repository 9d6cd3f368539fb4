/** @file Models by the names that commands take. */
import {
  alexnet,
  attention,
  cnn,
  cnnDropBlock,
  colorizeCnn,
  colorizeUnet,
  deeplab,
  deeplabBackbone,
  elu11Paper,
  elu18,
  elu18Paper,
  type ModelOptions,
  miniCnn,
  resnet9,
  resnet18,
  resnetDropBlock,
  type Sequential,
  separable,
} from "@tessera/nn";
import { Argument } from "commander";

/** A model that commands can make. */
export interface NamedModel {
  readonly create: (options: ModelOptions) => Sequential;
  /** Height, width and channels of the images that it is meant for. */
  readonly input: readonly [number, number, number];
  /** Number of classes in its source. Default: 100. */
  readonly classes?: number;
  /** What it may be told besides its width. */
  readonly settings?: readonly ("backbone" | "dropout" | "keepProbability" | "rates")[];
  /** What it is for, where it gives a class to every pixel. */
  readonly task?: "colorize" | "segment";
}

const small = [32, 32, 3] as const;
const dropBlock = ["dropout", "keepProbability"] as const;

/** Classifiers by name. */
export const models: { readonly [Name in ModelName]: NamedModel } = {
  alexnet: { create: alexnet, input: [227, 227, 3], settings: ["dropout"] },
  attention: { create: attention, input: small, settings: dropBlock },
  cnn: { create: cnn, input: small, settings: ["dropout"] },
  "cnn-dropblock": { create: cnnDropBlock, input: small, settings: dropBlock },
  "deeplab-backbone": { create: deeplabBackbone, input: small },
  "elu11-paper": { create: elu11Paper, input: small },
  elu18: { create: elu18, input: small, settings: ["dropout"] },
  "elu18-paper": { create: elu18Paper, input: small },
  "mini-cnn": { create: miniCnn, input: small },
  resnet9: { create: resnet9, input: small },
  resnet18: { create: resnet18, input: small },
  "resnet-dropblock": { create: resnetDropBlock, input: small, settings: dropBlock },
  separable: { create: separable, input: small, settings: dropBlock },
};

/** Models that give a class to every pixel; `classes` is how many of them they were made for. */
const pixelModels: { readonly [Name in PixelModelName]: NamedModel } = {
  "colorize-cnn": { create: colorizeCnn, input: [32, 32, 1], classes: 24, task: "colorize" },
  "colorize-unet": { create: colorizeUnet, input: [32, 32, 1], classes: 24, task: "colorize" },
  deeplab: {
    ...{ create: deeplab, input: [224, 224, 3], classes: 2, task: "segment" },
    settings: ["backbone", "dropout", "rates"],
  },
};

/** All models by name. */
export const allModels: { readonly [Name in ModelName | PixelModelName]: NamedModel } = { ...models, ...pixelModels };

/** A name in {@link models}. */
export type ModelName =
  | "alexnet"
  | "attention"
  | "cnn"
  | "cnn-dropblock"
  | "deeplab-backbone"
  | "elu11-paper"
  | "elu18"
  | "elu18-paper"
  | "mini-cnn"
  | "resnet9"
  | "resnet18"
  | "resnet-dropblock"
  | "separable";

/** A name of a model that gives a class to every pixel. */
type PixelModelName = "colorize-cnn" | "colorize-unet" | "deeplab";

/** The `<model>` of a command: a classifier, unless others are named. */
export function modelArgument(names: readonly string[] = Object.keys(models)): Argument {
  return new Argument("<model>", "the network").choices(names);
}

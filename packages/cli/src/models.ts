/** @file Models by the names that commands take. */
import {
  alexnet,
  cnn,
  cnnDropBlock,
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
interface NamedModel {
  readonly create: (options: ModelOptions) => Sequential;
  /** Height, width and channels of the images that it is meant for. */
  readonly input: readonly [number, number, number];
}

const small = [32, 32, 3] as const;

/** Models by name. */
export const models = {
  alexnet: { create: alexnet, input: [227, 227, 3] },
  cnn: { create: cnn, input: small },
  "cnn-dropblock": { create: cnnDropBlock, input: small },
  "elu11-paper": { create: elu11Paper, input: small },
  elu18: { create: elu18, input: small },
  "elu18-paper": { create: elu18Paper, input: small },
  "mini-cnn": { create: miniCnn, input: small },
  resnet9: { create: resnet9, input: small },
  resnet18: { create: resnet18, input: small },
  "resnet-dropblock": { create: resnetDropBlock, input: small },
  separable: { create: separable, input: small },
} as const satisfies Readonly<Record<string, NamedModel>>;

/** A name in {@link models}. */
export type ModelName = keyof typeof models;

/** The `<model>` of a command. */
export function modelArgument(): Argument {
  return new Argument("<model>", "the network").choices(Object.keys(models));
}

/** @file Models by the names that commands take. */
import { cnn, elu18, miniCnn, type Sequential } from "@tessera/nn";
import { Argument } from "commander";

/** What a command tells a model. */
export interface ModelOptions {
  readonly classes: number;
  readonly seed: number;
}

/** Models by name. */
export const models = {
  cnn: (options: ModelOptions): Sequential => cnn(options),
  elu18: (options: ModelOptions): Sequential => elu18(options),
  "mini-cnn": (options: ModelOptions): Sequential => miniCnn(options),
} as const;

/** A name in {@link models}. */
export type ModelName = keyof typeof models;

/** The `<model>` of a command. */
export function modelArgument(): Argument {
  return new Argument("<model>", "the network").choices(Object.keys(models));
}

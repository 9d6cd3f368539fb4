/** @file What every model is told. */
import { ArgumentError, type Shape } from "@tessera/tensor";
import type { Module } from "../module.ts";

/** Options of every model. */
export interface ModelOptions {
  /** Number of classes. */
  readonly classes: number;
  /** Height, width and channels of an image. Default: [32, 32, 3], unless the model says otherwise. */
  readonly input?: readonly [number, number, number];
  /** Weights and dropout masks are a function of it. Default: 0. */
  readonly seed?: number;
  /** Factor on every number of filters and units, which must stay whole. Default: 1. */
  readonly width?: number;
}

/** Throws {@link ArgumentError} if `classes` is not a whole number of at least 1. */
export function checkClasses(model: string, classes: number): void {
  if (Number.isInteger(classes) && classes >= 1) return;
  throw new ArgumentError(`${model}: classes must be at least 1, got ${classes}`);
}

/** A function that multiplies numbers of filters by a width; it throws {@link ArgumentError} where they do not stay whole. */
export function widthOf(model: string, width = 1): (filters: number) => number {
  return (full) => {
    const filters = full * width;
    if (Number.isInteger(filters) && filters >= 1) return filters;
    throw new ArgumentError(`${model}: a width of ${width} makes ${filters} filters of ${full}`);
  };
}

/** Shape of one example, without the batch axis, behind some layers. */
export function shapeBehind(layers: readonly Module[], input: Shape): Shape {
  return layers.reduce((shape, layer) => layer.outputShape(shape), [1, ...input] as Shape).slice(1);
}

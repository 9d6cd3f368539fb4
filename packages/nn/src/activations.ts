/** @file What a layer inside of a model gives, for looking at it. */
import { ArgumentError, keep, noGradient, type Shape, scope, type Tensor } from "@tessera/tensor";
import type { Batch, PixelScale } from "./batch.ts";
import { keepModes } from "./evaluate.ts";
import type { Module } from "./module.ts";
import { modulesOf } from "./modules-of.ts";

/** A layer's output. */
export interface Activations {
  readonly values: Float32Array;
  /** Of an image's layer [N, H, W, channels]. */
  readonly shape: Shape;
}

/**
 * What a layer gives for some images, in inference mode.
 *
 * @param layer its name, as its weights' names begin: `conv2d`, `skip_connection.body.conv2d_1`; a summary lists them
 * @throws ArgumentError if there is no such layer, or it takes no part
 *
 * @example
 * const { values, shape } = await activationsOf(model, "conv2d", batch, pixels);
 */
export async function activationsOf(
  model: Module,
  layer: string,
  { images, shape }: Omit<Batch, "labels">,
  pixels: PixelScale,
): Promise<Activations> {
  const found = modulesOf(model).get(layer);
  if (!found || layer === "") {
    const known = [...modulesOf(model).keys()].filter((name) => name !== "").join(", ");
    throw new ArgumentError(`activationsOf: expected one of the layers ${known}, got ${JSON.stringify(layer)}`);
  }
  const restoreModes = keepModes(model);
  model.eval();
  const seen: Tensor[] = [];
  const forward = found.forward.bind(found);
  // A property of the layer itself goes before its class's method, for those who call it by name.
  found.forward = (x) => {
    const y = forward(x);
    seen.push(keep(y));
    return y;
  };
  try {
    scope(() => noGradient(() => void model.forward(pixels.apply(images, shape))));
    const last = seen.at(-1);
    if (!last) throw new ArgumentError(`activationsOf: ${layer} takes no part in the forward pass`);
    return { values: (await last.data()) as Float32Array, shape: last.shape };
  } finally {
    Reflect.deleteProperty(found, "forward");
    for (const each of seen) each.dispose();
    restoreModes();
  }
}

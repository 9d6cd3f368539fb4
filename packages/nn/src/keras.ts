/** @file Entry point: Keras's files, to and from. HDF5 and zip are loaded when they are needed. */
import { ArgumentError, formatShape, type Shape, sameShape, type Tensor, writeTensor } from "@tessera/tensor";
import { kerasConfig, legacyConfig } from "./export/keras/config.ts";
import { readHdf5, writeHdf5 } from "./export/keras/hdf5.ts";
import { type KerasLayer, kerasLayers } from "./export/keras/layers.ts";
import { type StoredLayer, storedLayers } from "./export/keras/read.ts";
import { type FilledLayer, fillLegacy, fillNumbered } from "./export/keras/write.ts";
import type { Sequential } from "./layers/sequential.ts";

/** Options of {@link saveKeras} and {@link saveKerasH5}. */
export interface KerasOptions {
  /** Height, width and channels of an image. */
  readonly input: readonly [number, number, number];
}

const weightsFile = "model.weights.h5";

/**
 * A model as Keras 3's `.keras`: a zip of `metadata.json`, `config.json` and `model.weights.h5`, which
 * `keras.models.load_model` reads. There is no optimizer in it.
 *
 * @throws ArgumentError naming a layer that Keras does not have
 */
export async function saveKeras(model: Sequential, { input }: KerasOptions): Promise<Uint8Array> {
  const layers = await filled(model);
  const config = kerasConfig(model, input);
  const { zipSync } = await import("fflate");
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const date_saved = new Date().toISOString().slice(0, 19).replace("T", "@");
  // Stored, as Keras does it: weights hardly get smaller, and reading needs no copy.
  return zipSync(
    {
      "metadata.json": json({ keras_version: "3.0.0", date_saved }),
      "config.json": json(config),
      [weightsFile]: await writeHdf5((file) => fillNumbered(file, layers)),
    },
    { level: 0 },
  );
}

/**
 * A model as Keras's older `.h5`, which Keras 2 and 3 read: configuration and weights, without an optimizer.
 *
 * @throws ArgumentError naming a layer that Keras does not have
 */
export async function saveKerasH5(model: Sequential, { input }: KerasOptions): Promise<Uint8Array> {
  const layers = await filled(model);
  const config = JSON.stringify(legacyConfig(model, input));
  return writeHdf5((file) => fillLegacy(file, layers, config));
}

/**
 * Fills a model from a file that Keras wrote: `.keras`, `.weights.h5`, or an older `.h5` with a whole model or with weights
 * alone. Layers with weights are taken in order, whatever their names; an optimizer's state is passed over. Nothing is
 * changed unless everything fits.
 *
 * @throws ArgumentError naming the layer, what was expected and what the file has; or if the bytes are no such file
 */
export async function loadKeras(model: Sequential, bytes: Uint8Array): Promise<void> {
  const layers = kerasLayers(model).filter(({ weights }) => weights.length > 0);
  const order = layers.map(({ path }) => path);
  const stored = await readHdf5(await weightsOf(bytes), (file) => storedLayers(file, order));
  const pairs = layers.flatMap((layer, i) => matched(layer, stored[i]));
  if (stored.length > layers.length) {
    const extra = stored[layers.length]!.name;
    throw new ArgumentError(
      `Keras: the model has ${layers.length} layers with weights, the file ${stored.length}: ${extra} is one too many`,
    );
  }
  for (const [tensor, values] of pairs) writeTensor(tensor, values);
}

/** The HDF5 file itself, or the one inside of a zip. */
async function weightsOf(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) return bytes;
  const { unzipSync } = await import("fflate");
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, { filter: ({ name }) => name === weightsFile });
  } catch (cause) {
    throw new ArgumentError(`Keras: the zip of ${bytes.length} bytes is damaged: ${(cause as Error).message}`, {
      cause,
    });
  }
  const found = files[weightsFile];
  if (!found) throw new ArgumentError(`Keras: the zip has no ${weightsFile}`);
  return found;
}

/** The weights of a layer beside those of the file, in Keras's order. */
function matched({ name, weights }: KerasLayer, stored: StoredLayer | undefined): [Tensor, Float32Array][] {
  if (!stored) {
    throw new ArgumentError(`Keras: ${name}: the file has no more layers with weights`);
  }
  const described = (shapes: readonly Shape[]) => shapes.map(formatShape).join(", ");
  const expected = weights.map(([, { shape }]) => shape);
  const found = stored.weights.map(({ shape }) => shape);
  if (expected.length !== found.length || !expected.every((shape, i) => sameShape(shape, found[i]!))) {
    const texts = `expected ${described(expected)}, the file's ${stored.name} has ${described(found)}`;
    throw new ArgumentError(`Keras: ${name}: ${texts}`);
  }
  return weights.map(([, tensor], i) => [tensor, stored.weights[i]!.values]);
}

async function filled(model: Sequential): Promise<FilledLayer[]> {
  return Promise.all(
    kerasLayers(model).map(async (layer) => {
      const values = await Promise.all(layer.weights.map(([, tensor]) => tensor.data()));
      return { ...layer, values: values as Float32Array[] };
    }),
  );
}

/** @file The weights of a Keras file, layer by layer, whichever of Keras's layouts it has. */
import { ArgumentError, type Shape } from "@tessera/tensor";
import type { Dataset, File, Group } from "h5wasm";

/** A weight as the file has it. */
interface StoredWeight {
  readonly path: string;
  readonly shape: Shape;
  readonly values: Float32Array;
}

/** The weights of one layer, in the file's order. */
export interface StoredLayer {
  readonly name: string;
  readonly weights: readonly StoredWeight[];
}

/**
 * Layers with weights, in the model's order. Throws {@link ArgumentError} where the file has neither layout.
 *
 * @param order Keras 3's names of the layers in order, which that layout does not keep
 */
export function storedLayers(file: File, order: readonly string[]): StoredLayer[] {
  const legacy = file.get("model_weights") ?? (names(file, "layer_names") ? file : null);
  const layers = legacy ? legacyLayers(legacy as Group) : numberedLayers(file, order);
  return layers.filter(({ weights }) => weights.length > 0);
}

/** The list of an attribute, which Keras cuts into `name0`, `name1`, … where it is too long; `null` if there is none. */
function names({ attrs }: Group, name: string): string[] | null {
  const list = (key: string) => [attrs[key]!.value].flat() as string[];
  if (attrs[name]) return list(name);
  if (!attrs[`${name}0`]) return null;
  const parts: string[] = [];
  for (let i = 0; attrs[`${name}${i}`]; i++) parts.push(...list(`${name}${i}`));
  return parts;
}

/** Keras 1 and 2: a group a layer, in which `weight_names` says what there is. */
function legacyLayers(group: Group): StoredLayer[] {
  return (names(group, "layer_names") ?? []).map((name) => {
    const layer = group.get(name) as Group;
    const weights = (names(layer, "weight_names") ?? []).map((weight) =>
      stored(layer.get(weight) as Dataset | null, `${name}/${weight}`),
    );
    return { name, weights };
  });
}

/** Keras 3: `layers/conv2d_1/vars/0`, by class and number; nested for layers made of layers. */
function numberedLayers(file: File, order: readonly string[]): StoredLayer[] {
  const layers = file.get("layers") ?? file.get("_layer_checkpoint_dependencies");
  if (!layers) throw new ArgumentError(`Keras: no weights: the HDF5 file has ${file.keys().join(", ") || "nothing"}`);
  const entries = (layers as Group).keys().map((name) => {
    const variables = (layers as Group).get(`${name}/vars`) as Group | null;
    const keys = (variables?.keys() ?? []).sort((a, b) => Number(a) - Number(b));
    const weights = keys.map((key) => stored(variables!.get(key) as Dataset, `layers/${name}/vars/${key}`));
    return { name, weights };
  });
  // What the model does not have comes last.
  const place = ({ name }: StoredLayer) => (order.includes(name) ? order.indexOf(name) : order.length);
  return entries.sort((a, b) => place(a) - place(b));
}

function stored(dataset: Dataset | null, path: string): StoredWeight {
  if (!dataset) throw new ArgumentError(`Keras: ${path}: the file names this weight, but does not have it`);
  const { shape, value } = dataset;
  if (!(value instanceof Float32Array))
    throw new ArgumentError(`Keras: ${path}: expected float32 numbers, found others`);
  return { path, shape: shape ?? [], values: value };
}

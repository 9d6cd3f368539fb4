/** @file Weights as the two kinds of HDF5 file that Keras writes. */
import type { File, Group } from "h5wasm";
import type { KerasLayer } from "./layers.ts";

/** A layer with the values of its weights. */
export interface FilledLayer extends KerasLayer {
  readonly values: readonly Float32Array[];
}

/**
 * Keras 3's `model.weights.h5`: `layers/<class and number>/vars/<i>`. Every layer has its group, and dropout a state of its
 * generator, for which Keras looks.
 */
export function fillNumbered(file: File, layers: readonly FilledLayer[]): void {
  const groups = file.create_group("layers");
  file.create_group("vars");
  for (const { name, path, className, weights, values } of layers) {
    const layer = groups.create_group(path);
    const variables = layer.create_group("vars");
    variables.create_attribute("name", name);
    weights.forEach(([, { shape }], i) => {
      variables.create_dataset({ name: String(i), data: values[i]!, shape: [...shape] });
    });
    if (className !== "Dropout") continue;
    const state = layer.create_group("seed_generator").create_group("vars");
    state.create_dataset({ name: "0", data: new Uint32Array(2), shape: [2], dtype: "<I" });
  }
}

/** Keras 2's whole-model file: `model_weights/<layer>/<layer>/<weight>:0`, named by attributes. */
export function fillLegacy(file: File, layers: readonly FilledLayer[], config: string): void {
  describe(file);
  file.create_attribute("model_config", config);
  const group = file.create_group("model_weights");
  describe(group);
  group.create_attribute(
    "layer_names",
    layers.map(({ name }) => name),
  );
  // Keras makes groups in the order of names, so that none begins with another that is yet to come.
  for (const { name, weights, values } of [...layers].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const layer = group.create_group(name);
    const paths = weights.map(([weight]) => `${name}/${weight}:0`);
    if (paths.length > 0) layer.create_attribute("weight_names", paths);
    else layer.create_attribute("weight_names", [], [0], "S1");
    if (paths.length === 0) continue;
    const inner = layer.create_group(name);
    weights.forEach(([weight, { shape }], i) => {
      inner.create_dataset({ name: `${weight}:0`, data: values[i]!, shape: [...shape] });
    });
  }
}

/** Whose form the file has. */
function describe(group: Group): void {
  group.create_attribute("keras_version", "2.15.0");
  group.create_attribute("backend", "tensorflow");
}

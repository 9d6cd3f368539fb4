/** @file What Keras makes a model from: `config.json` of Keras 3, and `model_config` of Keras 2. */
import type { Shape } from "@tessera/tensor";
import type { Sequential } from "../../layers/sequential.ts";
import { kerasLayers } from "./layers.ts";

const shared = { trainable: true, dtype: "float32" };

/** Keras's `None` in front: a batch of any size. */
function anyBatch(shape: Shape): (number | null)[] {
  return [null, ...shape.slice(1)];
}

/** Keras 3's, as its `serialize_keras_object` has it. */
export function kerasConfig(model: Sequential, input: Shape): Readonly<Record<string, unknown>> {
  const modules = [...model.layers.values()];
  let shape: Shape = [1, ...input];
  const layers = kerasLayers(model).map(({ name, className, config }, i) => {
    const build_config = { input_shape: anyBatch(shape) };
    shape = modules[i]!.outputShape(shape);
    return { ...serialized("keras.layers", className, { name, ...shared, ...config }), build_config };
  });
  const batch_shape = anyBatch([1, ...input]);
  const images = { batch_shape, dtype: "float32", sparse: false, name: "input_layer" };
  const config = {
    ...{ name: "sequential", ...shared },
    layers: [serialized("keras.layers", "InputLayer", images), ...layers],
    build_input_shape: batch_shape,
  };
  return { ...serialized("keras", "Sequential", config), build_config: { input_shape: batch_shape } };
}

function serialized(module: string, class_name: string, config: object) {
  return { module, class_name, config, registered_name: null };
}

/** Keras 2's, which Keras 3 reads from `.h5` files too. */
export function legacyConfig(model: Sequential, input: Shape): Readonly<Record<string, unknown>> {
  const images = {
    batch_input_shape: [null, ...input],
    dtype: "float32",
    sparse: false,
    ragged: false,
    name: "input_1",
  };
  const layers = kerasLayers(model).map(({ name, className, config }) => {
    return { class_name: className, config: { name, ...shared, ...config } };
  });
  const config = { name: "sequential", layers: [{ class_name: "InputLayer", config: images }, ...layers] };
  return { class_name: "Sequential", config };
}

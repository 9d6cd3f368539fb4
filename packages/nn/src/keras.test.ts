/** @file Keras's files: the layout that its documents and its source describe, and equal predictions behind a round trip. */
import { ArgumentError, openDevice, scope, setDefaultDevice, type Tensor, tensor, uniform } from "@tessera/tensor";
import { unzipSync, zipSync } from "fflate";
import type { Dataset, Group } from "h5wasm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawState } from "../fixtures/trained-state.ts";
import { readHdf5, writeHdf5 } from "./export/keras/hdf5.ts";
import { RandomStreams } from "./initializers.ts";
import { loadKeras, saveKeras, saveKerasH5 } from "./keras.ts";
import { Dense } from "./layers/dense.ts";
import { Sequential } from "./layers/sequential.ts";
import { cnn } from "./models/cnn.ts";
import { elu18 } from "./models/elu18.ts";
import { miniCnn } from "./models/mini-cnn.ts";
import { resnet18 } from "./models/resnet18.ts";

const device = await openDevice("cpu", { threads: 1 });
beforeAll(() => setDefaultDevice(device));
afterAll(() => device.destroy());

const input = [32, 32, 3] as const;
const classes = 10;

async function logits(model: Sequential): Promise<Float32Array> {
  using x = tensor(uniform({ seed: 6, stream: 0 }, 2 * 3072, 0, 1), [2, 32, 32, 3]);
  using y = scope(() => model.eval().forward(x)) as Tensor;
  return (await y.data()) as Float32Array;
}

describe.each([
  ["cnn", () => cnn({ classes }), () => cnn({ classes, seed: 1 })],
  ["elu18", () => elu18({ classes, width: 1 / 16 }), () => elu18({ classes, width: 1 / 16, seed: 1 })],
] as const)("%s", (_, create, other) => {
  it.each([
    [".keras", saveKeras],
    [".h5", saveKerasH5],
  ] as const)("predicts the same bits behind %s", async (_kind, save) => {
    using model = create();
    drawState(model);
    using copy = other();
    const file = await save(model, { input });
    const expected = await logits(model);
    expect(await logits(copy)).not.toEqual(expected);
    await loadKeras(copy, file);
    expect(await logits(copy)).toEqual(expected);
  });
});

/** Every data set of a file with its shape, in the file's order. */
function contents(group: Group, prefix = ""): string[] {
  return group.keys().flatMap((name) => {
    const entry = group.get(name) as Group | Dataset;
    const path = `${prefix}${name}`;
    return "keys" in entry ? contents(entry, `${path}/`) : [`${path} [${entry.shape}]`];
  });
}

it("lays .keras out as Keras 3 does", async () => {
  using model = miniCnn({ classes });
  const files = unzipSync(await saveKeras(model, { input }));
  expect(Object.keys(files)).toEqual(["metadata.json", "config.json", "model.weights.h5"]);
  const read = (name: string) => JSON.parse(new TextDecoder().decode(files[name]));
  expect(read("metadata.json")).toEqual({
    keras_version: "3.0.0",
    date_saved: expect.stringMatching(/^\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d$/),
  });
  const { module, class_name, config } = read("config.json");
  expect([module, class_name]).toEqual(["keras", "Sequential"]);
  expect(config.layers.map((layer: { class_name: string }) => layer.class_name).slice(0, 4)).toEqual([
    ...["InputLayer", "Conv2D", "BatchNormalization", "MaxPooling2D"],
  ]);
  expect(config.layers[0].config.batch_shape).toEqual([null, 32, 32, 3]);
  expect(config.layers[4]).toEqual({
    module: "keras.layers",
    class_name: "Conv2D",
    config: {
      ...{ name: "conv2d_1", trainable: true, dtype: "float32", filters: 64, kernel_size: [3, 3], strides: [1, 1] },
      ...{ padding: "same", data_format: "channels_last", dilation_rate: [1, 1], groups: 1, activation: "relu" },
      ...{ use_bias: true, kernel_regularizer: null },
    },
    registered_name: null,
    build_config: { input_shape: [null, 16, 16, 32] },
  });
  const weights = await readHdf5(files["model.weights.h5"]!, contents);
  const normalizations = (name: string, size: number) => [0, 1, 2, 3].map((i) => `layers/${name}/vars/${i} [${size}]`);
  expect([...weights].sort()).toEqual(
    [
      ...normalizations("batch_normalization", 32),
      ...normalizations("batch_normalization_1", 64),
      ...normalizations("batch_normalization_2", 128),
      ...["layers/conv2d/vars/0 [3,3,3,32]", "layers/conv2d/vars/1 [32]"],
      ...["layers/conv2d_1/vars/0 [3,3,32,64]", "layers/conv2d_1/vars/1 [64]"],
      ...["layers/conv2d_2/vars/0 [3,3,64,128]", "layers/conv2d_2/vars/1 [128]"],
      ...["layers/dense/vars/0 [2048,10]", "layers/dense/vars/1 [10]", "layers/dropout/seed_generator/vars/0 [2]"],
    ].sort(),
  );
});

it("lays .h5 out as Keras 2 does", async () => {
  using model = elu18({ classes, width: 1 / 16 });
  await readHdf5(await saveKerasH5(model, { input }), (file) => {
    expect([file.attrs.keras_version!.value, file.attrs.backend!.value]).toEqual(["2.15.0", "tensorflow"]);
    const { class_name, config } = JSON.parse(file.attrs.model_config!.value as string);
    expect([class_name, config.layers[0].config.batch_input_shape]).toEqual(["Sequential", [null, 32, 32, 3]]);
    // The first convolution of the source has a penalty of its own.
    const penalty = config.layers[2].config.kernel_regularizer;
    expect([penalty.class_name, penalty.config.l2]).toEqual(["L2", 0.01]);
    const group = file.get("model_weights") as Group;
    expect((group.attrs.layer_names!.value as string[]).slice(0, 3)).toEqual([
      ...["zero_padding2d_1", "conv2d_1", "activation_1"],
    ]);
    const layer = group.get("conv2d_1") as Group;
    expect(layer.attrs.weight_names!.value).toEqual(["conv2d_1/kernel:0", "conv2d_1/bias:0"]);
    expect(contents(layer)).toEqual(["conv2d_1/bias:0 [24]", "conv2d_1/kernel:0 [3,3,3,24]"]);
    expect((group.get("activation_1") as Group).attrs.weight_names!.shape).toEqual([0]);
  });
});

it("reads lists of names that Keras cut into several attributes, and optimizers' state not at all", async () => {
  const random = new RandomStreams(0);
  using model = new Sequential([new Dense({ inputs: 1, units: 2, bias: false }, random)]);
  const file = await writeHdf5((root) => {
    root.create_attribute("layer_names0", ["a"]);
    root.create_attribute("layer_names1", ["b"]);
    root.create_group("a").create_attribute("weight_names0", [], [0], "S1");
    const layer = root.create_group("b");
    layer.create_attribute("weight_names0", ["kernel:0"]);
    layer.create_dataset({ name: "kernel:0", data: Float32Array.of(5, 6), shape: [1, 2] });
    root.create_group("optimizer_weights").create_attribute("weight_names", ["m:0"]);
  });
  await loadKeras(model, file);
  const [[, kernel]] = model.state() as [[string, Tensor]];
  expect(await kernel.data()).toEqual(Float32Array.of(5, 6));
});

it("reads weights alone", async () => {
  using model = miniCnn({ classes });
  drawState(model);
  const expected = await logits(model);
  const parts = unzipSync(await saveKeras(model, { input }));
  using other = miniCnn({ classes, seed: 1 });
  await loadKeras(other, parts["model.weights.h5"]!);
  expect(await logits(other)).toEqual(expected);
});

describe("refuses", () => {
  const loading = async (bytes: Uint8Array, model = miniCnn({ classes })) => {
    using owned = model;
    const before = await logits(owned);
    const error = await loadKeras(owned, bytes).then(
      () => null,
      (reason: Error) => reason,
    );
    expect(error).toBeInstanceOf(ArgumentError);
    expect(await logits(owned)).toEqual(before);
    return error!.message;
  };

  it("weights of another shape, naming the layer", async () => {
    using wide = miniCnn({ classes: 12 });
    expect(await loading(await saveKerasH5(wide, { input }))).toBe(
      "Keras: dense: expected [2048, 10], [10], the file's dense has [2048, 12], [12]",
    );
  });

  it("layers too few and too many", async () => {
    using full = cnn({ classes });
    using small = miniCnn({ classes });
    expect(await loading(await saveKeras(full, { input }))).toContain("Keras: conv2d_1: expected [3, 3, 32, 64]");
    expect(await loading(await writeHdf5((file) => file.create_group("layers")))).toBe(
      "Keras: conv2d: the file has no more layers with weights",
    );
    const more = await saveKeras(small, { input });
    expect(await loading(more, elu18({ classes, width: 1 / 16 }))).toContain("Keras: conv2d_1: expected");
  });

  it("what is no file of Keras's", async () => {
    expect(await loading(new Uint8Array(9))).toContain("no HDF5 file: it begins with 00 00");
    expect(await loading(zipSync({ "a.txt": new Uint8Array(1) }))).toBe("Keras: the zip has no model.weights.h5");
    expect(await loading(Uint8Array.of(0x50, 0x4b, 3, 4))).toContain("the zip of 4 bytes is damaged");
    const whole = await writeHdf5((file) => file.create_group("layers"));
    expect(await loading(whole.subarray(0, 64))).toBe("Keras: the HDF5 file of 64 bytes is damaged");
  });

  it("a layer that Keras does not have", async () => {
    using model = resnet18({ classes, width: 1 / 8 });
    await expect(saveKeras(model, { input })).rejects.toThrow("is a BasicBlock, which has no form in a Keras file");
  });
});

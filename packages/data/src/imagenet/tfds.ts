/**
 * @file What TensorFlow Datasets wants beside records to load them with `tfds.builder_from_directory`.
 * @see https://www.tensorflow.org/datasets/external_tfrecord
 */
import type { Manifest } from "./finish.ts";

/** The set's name in file names. */
const NAME = "tessera";

/** File names with their texts, and shard names with the shards that they stand for. */
export interface TfdsFiles {
  readonly files: readonly (readonly [name: string, text: string])[];
  readonly shards: readonly (readonly [name: string, target: string])[];
}

/** `dataset_info.json`, `features.json`, the labels' names, and names for the shards. Empty shards count, too. */
export function tfdsFiles({ config, splits }: Manifest, names: readonly string[], version: string): TfdsFiles {
  const size = String(config.crop_size);
  const feature = (module: string, type: string) => `tensorflow_datasets.core.features.${module}.${type}`;
  const image = { shape: { dimensions: [size, size, "3"] }, dtype: "uint8", encodingFormat: "jpeg" };
  const features = {
    pythonClassName: feature("features_dict", "FeaturesDict"),
    featuresDict: {
      features: {
        image_raw: { pythonClassName: feature("image_feature", "Image"), image },
        label: {
          pythonClassName: feature("class_label_feature", "ClassLabel"),
          classLabel: { numClasses: String(names.length) },
        },
      },
    },
  };
  const info = {
    name: NAME,
    version,
    fileFormat: "tfrecord",
    description: "Images scaled and cropped by Tessera.",
    splits: Object.entries(splits).map(([name, { bytes, shards }]) => ({
      name,
      numBytes: String(bytes),
      shardLengths: shards.map(({ records }) => String(records)),
      filepathTemplate: "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}",
    })),
  };
  const digits = (n: number) => String(n).padStart(5, "0");
  return {
    files: [
      ["dataset_info.json", `${JSON.stringify(info, null, 2)}\n`],
      ["features.json", `${JSON.stringify(features, null, 2)}\n`],
      ["label.labels.txt", `${names.join("\n")}\n`],
    ],
    shards: Object.entries(splits).flatMap(([name, { shards }]) =>
      shards.map(({ file }, i) => [`${NAME}-${name}.tfrecord-${digits(i)}-of-${digits(shards.length)}`, file] as const),
    ),
  };
}

import { describe, expect, it } from "vitest";
import { parsePreprocessConfig, preprocessConfigSchema } from "./config.ts";
import { shardShare } from "./scheduler.ts";

const older = {
  label_map: "label_map_100.json",
  split_number: 6000,
  image_folder: "ILSVRC2015/Data/CLS-LOC_100/",
  record_path: "ILSVRC2015/tf_records_159/",
  image_type: "JPEG",
  crop_size: 256,
  image_quality: 90,
  tf_record_compression: "GZIP",
  batch: ["val", "test", "train"],
};

describe("a preprocessing config", () => {
  it("of the older program works as it is", () => {
    expect(parsePreprocessConfig(older)).toMatchObject({
      ...older,
      ...{ onError: "skip", codec: "auto", geometry: "exact", seed: 0, storage: "jpeg", truncated: "decode" },
    });
  });

  it.each([
    [{ ...older, split_number: 0 }, "config: $.split_number: Too small: expected number to be >=1, got 0"],
    [{ ...older, crop_size: "256" }, 'config: $.crop_size: Invalid input: expected number, received string, got "256"'],
    [{ ...older, batch: ["val", 3] }, "config: $.batch[1]: Invalid input: expected string, received number, got 3"],
    [{ ...older, batch: ["../x"] }, "config: $.batch[0]: expected a folder's name, without separators"],
    [{ ...older, batch: [".."] }, "config: $.batch[0]: expected a folder's name"],
    [{ ...older, batch: ["val", "val"] }, "config: $.batch: named more than once: val"],
    [{ ...older, image_quality: 101 }, "config: $.image_quality: Too big"],
    [{ ...older, tf_record_compression: "gzip" }, "config: $.tf_record_compression: Invalid option"],
    [{ ...older, onerror: "skip" }, 'config: $: Unrecognized key: "onerror"'],
    [{ ...older, storage: "float32" }, "config: $.meanRgb: float32 storage subtracts a mean"],
    [null, "config: $: Invalid input: expected object, received null"],
  ])("is refused with the field's path: %#", (value, message) => {
    expect(() => parsePreprocessConfig(value)).toThrow(message);
  });

  it("names all faults at once", () => {
    const faults = { label_map: "a", crop_size: 0, batch: [] };
    expect(() => parsePreprocessConfig(faults)).toThrow(/image_folder.*record_path.*crop_size.*batch/s);
  });

  it("has a JSON Schema", () => {
    expect(preprocessConfigSchema()).toMatchObject({
      required: ["label_map", "image_folder", "record_path", "batch"],
      properties: {
        crop_size: { default: 256, minimum: 1, type: "integer" },
        onError: { enum: ["skip", "fail", "quarantine"] },
      },
      additionalProperties: false,
    });
  });
});

describe("shardShare", () => {
  it.each([
    [{}, {}, undefined],
    [{ shardIndex: 2, shardCount: 5 }, {}, { shardIndex: 2, shardCount: 5, source: "--shard-index" }],
    [
      {},
      { SLURM_ARRAY_TASK_ID: "3", SLURM_ARRAY_TASK_MIN: "1", SLURM_ARRAY_TASK_MAX: "4", SLURM_ARRAY_TASK_COUNT: "4" },
      { shardIndex: 2, shardCount: 4, source: "SLURM_ARRAY_TASK_ID" },
    ],
    [
      { shardCount: 8 },
      { JOB_COMPLETION_INDEX: "7" },
      { shardIndex: 7, shardCount: 8, source: "JOB_COMPLETION_INDEX" },
    ],
    [
      { shardIndex: 0, shardCount: 2 },
      { SLURM_ARRAY_TASK_ID: "9", SLURM_ARRAY_TASK_COUNT: "10" },
      { shardIndex: 0, shardCount: 2, source: "--shard-index" },
    ],
  ])("of %j in %j", (given, env, expected) => expect(shardShare(given, env)).toEqual(expected));

  it.each([
    [{}, { JOB_COMPLETION_INDEX: "1" }, "JOB_COMPLETION_INDEX says 1, but not of how many: --shard-count <n>"],
    [{ shardCount: 2 }, {}, "a shard count needs a shard index"],
    [{ shardIndex: 2, shardCount: 2 }, {}, "--shard-index says 2, but there are only 2 shares (0 to 1)"],
    [{}, { SLURM_ARRAY_TASK_ID: "x" }, 'SLURM_ARRAY_TASK_ID: expected a whole number, got "x"'],
    [
      {},
      { SLURM_ARRAY_TASK_ID: "4", SLURM_ARRAY_TASK_MIN: "0", SLURM_ARRAY_TASK_MAX: "8", SLURM_ARRAY_TASK_COUNT: "5" },
      "Slurm's array has gaps: 5 tasks from 0 to 8",
    ],
  ])("refuses %j in %j", (given, env, message) => expect(() => shardShare(given, env)).toThrow(message));
});

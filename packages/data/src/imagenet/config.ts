import { readFile } from "node:fs/promises";
import { z } from "zod";
import { DataError, MissingDataError } from "../errors.ts";
import { codecChoices } from "../image/codec.ts";
import { schemaFaults } from "../schema-faults.ts";

const name = z.string().min(1);
const safeName = name
  .regex(/^[^/\\]+$/, "expected a folder's name, without separators")
  .refine((text) => text !== "." && text !== "..", "expected a folder's name");

/** The schema of a preprocessing config. The first nine fields, in snake case, are those of a widely copied program. */
const schema = z.strictObject({
  label_map: name.describe("JSON file with a number, or a one-hot array, for each class"),
  split_number: z.int().min(1).default(1000).describe("records in a shard"),
  image_folder: name.describe("folder that holds a folder for each of `batch`, each with a folder for each class"),
  record_path: name.describe("folder to write to"),
  image_type: z
    .union([name, z.array(name).min(1)])
    .default("JPEG")
    .describe("ending of image files' names, or several; not trusted any further than that"),
  crop_size: z.int().min(1).max(16384).default(256).describe("height and width of the stored images"),
  image_quality: z.int().min(1).max(100).default(90).describe("quality of the stored JPEGs"),
  tf_record_compression: z
    .enum(["GZIP", "NONE", ""])
    .nullable()
    .default(null)
    .describe("of whole shard files; JPEGs get no smaller, and random access is lost"),
  batch: z.array(safeName).min(1).describe("splits to prepare: names of folders in image_folder"),
  storage: z
    .enum(["jpeg", "raw", "float32"])
    .default("jpeg")
    .describe("image_raw as a JPEG file, as H·W·3 bytes, or as little-endian float32 with the mean subtracted"),
  meanRgb: name.optional().describe("JSON file with R, G and B, for float32 storage"),
  geometry: z
    .enum(["exact", "compat"])
    .default("exact")
    .describe("exact: the longer side keeps its proportion; compat: as the older program, second resampling included"),
  codec: z.enum(codecChoices).default("auto").describe("what decodes and encodes JPEG"),
  exifRotate: z.boolean().default(true).describe("turn images upright by their Exif orientation"),
  truncated: z
    .enum(["decode", "error"])
    .default("decode")
    .describe("JPEGs that end too soon: decode what there is, or treat them as images that cannot be used"),
  maxPixels: z
    .int()
    .min(1)
    .max(2 ** 28)
    .default(2 ** 27)
    .describe("most pixels that a header may claim"),
  seed: z.int().min(0).default(0).describe("of the order of the images"),
  workers: z.int().min(1).max(1024).optional().describe("processes; by default one for each core"),
  onError: z
    .enum(["skip", "fail", "quarantine"])
    .default("skip")
    .describe("images that cannot be used: list them, stop at the first, or list them and copy them aside"),
  maxErrors: z.int().min(0).optional().describe("stop when more images than this cannot be used"),
});

/** A preprocessing config, checked and complete. */
export type PreprocessConfig = z.output<typeof schema>;

/** A preprocessing config as it is written; most fields may be left out. */
export type PreprocessConfigInput = z.input<typeof schema>;

/** The JSON Schema of the config file, for editors. */
export function preprocessConfigSchema(): object {
  return z.toJSONSchema(schema, { io: "input" });
}

/**
 * Checks a config and fills in its defaults.
 *
 * @throws DataError with a line for each fault, naming the field's path
 */
export function parsePreprocessConfig(value: unknown, source = "config"): PreprocessConfig {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new DataError(schemaFaults(parsed.error, value, source).join("\n"));
  }
  const config = parsed.data;
  if (config.storage === "float32" && config.meanRgb === undefined) {
    throw new DataError(
      `${source}: $.meanRgb: float32 storage subtracts a mean: name the JSON file that mean-rgb wrote`,
    );
  }
  const twice = config.batch.filter((each, i) => config.batch.indexOf(each) !== i);
  if (twice.length > 0) throw new DataError(`${source}: $.batch: named more than once: ${twice.join(", ")}`);
  return config;
}

/** Reads and checks a config file. */
export async function readPreprocessConfig(path: string): Promise<PreprocessConfig> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new MissingDataError(`${path}: cannot be read (${cause.code}): expected a JSON config`, { cause });
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${path}: expected JSON, ${(cause as Error).message}`, { cause });
  }
  return parsePreprocessConfig(value, path);
}

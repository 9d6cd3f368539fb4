import { type Decoded, decode, encode, type Tensor } from "@tessera/safetensors";
import { DataError } from "../errors.ts";
import { type FittedArrays, type FittedSettings, NORMALIZATIONS, Preprocessor } from "./preprocessor.ts";

/** Where the settings are in a file's metadata, and how the names of its tensors begin. */
export const PREPROCESSOR = "preprocessor";

/**
 * A preprocessor as a safetensors file, to be saved beside a model: the same bytes in, the same numbers out.
 *
 * Its settings are JSON under the metadata key `preprocessor`; `preprocessor.mean` (F64), `preprocessor.whitening` (F32,
 * [n, n]) and `preprocessor.eigenvalues` (F64) are there if it has any.
 */
export function encodePreprocessor(preprocessor: Preprocessor): Uint8Array<ArrayBuffer> {
  return encode(preprocessorTensors(preprocessor), { [PREPROCESSOR]: JSON.stringify(preprocessor.settings) });
}

/**
 * Reads what {@link encodePreprocessor} wrote, or the preprocessor in a safetensors file that has more.
 *
 * @param source what errors call the file.
 */
export function decodePreprocessor(bytes: Uint8Array, source = "preprocessor"): Preprocessor {
  const { tensors, metadata }: Decoded = decode(bytes);
  const settings = metadata.get(PREPROCESSOR);
  if (settings === undefined) {
    throw new DataError(`${source}: expected the metadata key "${PREPROCESSOR}", found none: it has no preprocessor`);
  }
  return preprocessorFrom(parseSettings(settings, source), tensors, source);
}

export function preprocessorTensors({ arrays }: Preprocessor): Map<string, Tensor> {
  if (!arrays) return new Map();
  const features = arrays.eigenvalues.length;
  const tensor = (dtype: Tensor["dtype"], shape: number[], data: unknown) => ({ dtype, shape, data }) as Tensor;
  return new Map([
    [`${PREPROCESSOR}.mean`, tensor("F64", [arrays.mean.length], arrays.mean)],
    [`${PREPROCESSOR}.whitening`, tensor("F32", [features, features], arrays.matrix)],
    [`${PREPROCESSOR}.eigenvalues`, tensor("F64", [features], arrays.eigenvalues)],
  ]);
}

/** Puts a preprocessor together from its settings and, if it whitens, three tensors. */
export function preprocessorFrom(
  settings: FittedSettings,
  tensors: ReadonlyMap<string, { readonly data: unknown }>,
  source: string,
): Preprocessor {
  if (settings.normalize !== "gcn-zca" && settings.normalize !== "keras") return new Preprocessor(settings);
  const [height, width, channels] = settings.shape;
  const features = height * width * channels;
  const mean = settings.normalize === "keras" ? channels : features;
  const arrays: FittedArrays = {
    mean: arrayOf(tensors, "mean", Float64Array, mean, source),
    matrix: arrayOf(tensors, "whitening", Float32Array, features ** 2, source),
    eigenvalues: arrayOf(tensors, "eigenvalues", Float64Array, features, source),
  };
  return new Preprocessor(settings, arrays);
}

function arrayOf<A extends Float32Array | Float64Array>(
  tensors: ReadonlyMap<string, { readonly data: unknown }>,
  name: string,
  type: new () => A,
  length: number,
  source: string,
): A {
  const data = tensors.get(`${PREPROCESSOR}.${name}`)?.data;
  if (data instanceof type && data.length === length) return data;
  const found = data === undefined ? "none" : "another array";
  throw new DataError(
    `${source}: ${PREPROCESSOR}.${name}: expected a ${type.name} of ${length} values, found ${found}`,
  );
}

/** Settings from JSON, checked. */
export function parseSettings(text: string, source: string): FittedSettings {
  let settings: Partial<FittedSettings> | null;
  try {
    settings = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${source}: ${PREPROCESSOR}: expected JSON, found ${(cause as Error).message}`, { cause });
  }
  const { sharpen, normalize, epsilon = 0, bias = 0, shape } = settings ?? {};
  const good =
    typeof sharpen === "boolean" &&
    NORMALIZATIONS.includes(normalize as never) &&
    [epsilon, bias].every((value) => Number.isFinite(value) && value >= 0) &&
    Array.isArray(shape) &&
    shape.length === 3 &&
    shape.every((size) => Number.isSafeInteger(size) && size > 0);
  if (good) return settings as FittedSettings;
  throw new DataError(
    `${source}: ${PREPROCESSOR}: expected sharpen, normalize and shape [H, W, C], found ${text.slice(0, 100)}`,
  );
}

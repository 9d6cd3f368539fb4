import { show } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import { checkPixels, type ImageSet, type Pixels } from "../image-set.ts";
import type { ImageShape } from "../layout.ts";
import { breather } from "../linear/breathe.ts";
import { Product } from "../linear/product.ts";
import { centerImage, contrastNormalizer, type NormalizeImage, scaleImage } from "./contrast.ts";
import { sharpen } from "./sharpen.ts";
import { covariance, type Whitening, type WorkOptions, zca } from "./whitening.ts";

/**
 * What becomes of pixels:
 * - `none`: they stay bytes.
 * - `center`: x / 255 less the image's mean (Keras's `samplewise_center`).
 * - `gcn`: global contrast normalisation, see `contrastNormalizer`.
 * - `gcn-zca`: `gcn`, less the mean of the training set, times its ZCA matrix: what the ELU paper trained on.
 * - `keras`: what `ImageDataGenerator(samplewise_center=True, zca_whitening=True)` makes of x / 255. Its quirks are kept:
 *   `zca_whitening` switches `featurewise_center` on; the channel means and the matrix are fitted on images that are not
 *   centred by themselves, but applied to images that are. (As in Keras 2.1: W = U·(S + ε)^(−1/2)·Uᵀ of XᵀX / N.)
 */
export type Normalization = "none" | "center" | "gcn" | "gcn-zca" | "keras";

export const NORMALIZATIONS: readonly Normalization[] = ["none", "center", "gcn", "gcn-zca", "keras"];

/** What a preprocessor does. */
export interface PreprocessorSettings {
  /** Sharpen first, see {@link sharpen}. Default false. */
  readonly sharpen?: boolean | undefined;
  /** Default `none`. */
  readonly normalize?: Normalization | undefined;
  /** ε of ZCA. Default: 0.1 for `gcn-zca`, as pylearn2's; 1e-6 for `keras`. */
  readonly epsilon?: number | undefined;
  /** Added to the variance by `gcn` and `gcn-zca`, in units of 0 … 255. Default 10, as for the maxout networks. */
  readonly bias?: number | undefined;
}

/** Settings with defaults filled in, and what they were fitted on: as JSON holds them. */
export interface FittedSettings {
  readonly sharpen: boolean;
  readonly normalize: Normalization;
  readonly epsilon?: number;
  readonly bias?: number;
  /** [H, W, C] that the transform takes. */
  readonly shape: readonly [height: number, width: number, channels: number];
}

/** What fitting found, where the normalisation needs it. */
export interface FittedArrays extends Whitening {
  /** Mean a channel [C] for `keras`, a value of an image [H·W·C] for `gcn-zca`. */
  readonly mean: Float64Array;
}

/** Images a block: enough to keep the product busy, few enough to stop soon. */
const BLOCK = Product.blockRows;

/**
 * A transform of images that was fitted on a training set and is applied to that set, to others and to single images
 * alike. It goes with a prepared set and with a model: see {@link encodePreprocessor}.
 */
export class Preprocessor {
  readonly settings: FittedSettings;
  readonly arrays: FittedArrays | undefined;
  #product: Promise<Product> | undefined;

  constructor(settings: FittedSettings, arrays?: FittedArrays) {
    this.settings = settings;
    this.arrays = arrays;
  }

  /**
   * Fits on a training set, never on others: fits nothing unless `normalize` is `gcn-zca` or `keras`.
   *
   * Sums run in float64 in the set's order. 3072 features take 3 · 3072² · 8 bytes of memory.
   *
   * @throws ArgumentError naming the setting.
   *
   * @example
   * const preprocessor = await Preprocessor.fit(train, { normalize: "gcn-zca" });
   * const images = await preprocessor.apply(test.images, test.shape); // Float32Array
   */
  static async fit(
    train: ImageSet,
    settings: PreprocessorSettings = {},
    options: WorkOptions = {},
  ): Promise<Preprocessor> {
    checkPixels("Preprocessor.fit", train.images, train.shape);
    const fitted = fillIn(settings, train.shape);
    if (fitted.normalize !== "gcn-zca" && fitted.normalize !== "keras") return new Preprocessor(fitted);
    if (train.shape[0] === 0) throw new ArgumentError("Preprocessor.fit: train: expected images to fit on, got none");
    const images = fitted.sharpen ? await sharpenAll(train.images, train.shape, options) : train.images;
    const normalize = fitted.normalize === "keras" ? scaleImage : contrastNormalizer(fitted.bias!);
    const mean = await meanOf(images, train.shape, normalize, fitted.normalize === "keras", options);
    const features = train.shape[1] * train.shape[2] * train.shape[3];
    const fill = (index: number, out: Float64Array) => {
      normalize(images, index * features, out);
      subtract(out, mean);
    };
    const sigma = await covariance(train.shape[0], features, fill, options);
    return new Preprocessor(fitted, { mean, ...(await zca(sigma, features, fitted.epsilon!, options)) });
  }

  /**
   * The transform of images of the size it was fitted on.
   *
   * @param images N·H·W·C bytes, NHWC.
   * @returns bytes if `normalize` is `none`, else float32; new, unless nothing is to be done.
   */
  async apply(images: Uint8Array, shape: ImageShape, options: WorkOptions = {}): Promise<Pixels> {
    checkPixels("Preprocessor.apply", images, shape);
    const { settings } = this;
    if (settings.shape.some((size, i) => size !== shape[i + 1])) {
      const got = shape.slice(1).join(" × ");
      throw new ArgumentError(
        `Preprocessor.apply: images: expected ${settings.shape.join(" × ")}, as it was fitted on, got ${got}`,
      );
    }
    const sharp = settings.sharpen ? await sharpenAll(images, shape, options) : images;
    return settings.normalize === "none" ? sharp : this.#normalize(sharp, shape, settings.normalize, options);
  }

  async #normalize(
    images: Uint8Array,
    [count, height, width, channels]: ImageShape,
    kind: Exclude<Normalization, "none">,
    { onProgress, signal }: WorkOptions,
  ): Promise<Float32Array> {
    const features = height * width * channels;
    const byItself = kind === "center" || kind === "keras" ? centerImage : contrastNormalizer(this.settings.bias!);
    const product = this.arrays && (await this.#openProduct(this.arrays.matrix, features));
    const out = new Float32Array(count * features);
    const row = new Float64Array(features);
    const breathe = breather(signal);
    for (let start = 0; start < count; start += BLOCK) {
      const end = Math.min(count, start + BLOCK);
      for (let i = start; i < end; i++) {
        byItself(images, i * features, row);
        if (this.arrays) subtract(row, this.arrays.mean);
        out.set(row, i * features);
      }
      const block = out.subarray(start * features, end * features);
      product?.apply(block, end - start, block);
      await breathe();
      onProgress?.({ phase: "normalize", done: end, total: count });
    }
    return out;
  }

  #openProduct(matrix: Float32Array, features: number): Promise<Product> {
    this.#product ??= Product.of(matrix, features);
    return this.#product;
  }
}

/** row −= mean, which has a value for each of the row's, or one a channel. */
function subtract(row: Float64Array, mean: Float64Array): void {
  const period = mean.length;
  for (let start = 0; start < row.length; start += period) {
    for (let i = 0; i < period; i++) row[start + i]! -= mean[i]!;
  }
}

/** Mean of the normalised images: a value of an image, or one a channel. */
async function meanOf(
  images: Uint8Array,
  [count, height, width, channels]: ImageShape,
  normalize: NormalizeImage,
  perChannel: boolean,
  { onProgress, signal }: WorkOptions,
): Promise<Float64Array> {
  const row = new Float64Array(height * width * channels);
  const sums = new Float64Array(perChannel ? channels : row.length);
  const breathe = breather(signal);
  for (let image = 0; image < count; image++) {
    normalize(images, image * row.length, row);
    for (let start = 0; start < row.length; start += sums.length) {
      for (let i = 0; i < sums.length; i++) sums[i]! += row[start + i]!;
    }
    if ((image + 1) % BLOCK !== 0 && image + 1 < count) continue;
    await breathe();
    onProgress?.({ phase: "mean", done: image + 1, total: count });
  }
  return sums.map((sum) => sum / (count * (row.length / sums.length)));
}

async function sharpenAll(images: Uint8Array, shape: ImageShape, options: WorkOptions): Promise<Uint8Array> {
  const { onProgress, signal } = options;
  const [count, height, width, channels] = shape;
  const size = height * width * channels;
  const out = new Uint8Array(images.length);
  const breathe = breather(signal);
  for (let start = 0; start < count; start += BLOCK) {
    const end = Math.min(count, start + BLOCK);
    const block = images.subarray(start * size, end * size);
    out.set(sharpen(block, [end - start, height, width, channels]), start * size);
    await breathe();
    onProgress?.({ phase: "sharpen", done: end, total: count });
  }
  return out;
}

function fillIn(settings: PreprocessorSettings, [, height, width, channels]: ImageShape): FittedSettings {
  const { normalize = "none", sharpen = false } = settings;
  if (!NORMALIZATIONS.includes(normalize)) {
    const names = NORMALIZATIONS.join(", ");
    throw new ArgumentError(`Preprocessor.fit: normalize: expected one of ${names}, got ${show(normalize)}`);
  }
  const whitens = normalize === "gcn-zca" || normalize === "keras";
  const { epsilon = normalize === "keras" ? 1e-6 : 0.1, bias = 10 } = settings;
  checkNumber("epsilon", epsilon);
  checkNumber("bias", bias);
  return {
    sharpen,
    normalize,
    ...(whitens && { epsilon }),
    ...((normalize === "gcn" || normalize === "gcn-zca") && { bias }),
    shape: [height, width, channels],
  };
}

function checkNumber(name: string, value: number): void {
  if (Number.isFinite(value) && value >= 0) return;
  throw new ArgumentError(`Preprocessor.fit: ${name}: expected a number ≥ 0, got ${show(value)}`);
}

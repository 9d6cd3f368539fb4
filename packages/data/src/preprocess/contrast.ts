/** @file Normalisations of an image by itself, in float64: each fills `out` with one image. */

/** One image of `images`, from `start`, written to `out`. */
export type NormalizeImage = (images: Uint8Array, start: number, out: Float64Array) => void;

/** x / 255 − mean(x / 255), the mean over all pixels and channels: Keras's `samplewise_center` of images in 0 … 1. */
export const centerImage: NormalizeImage = (images, start, out) => {
  const size = out.length;
  let sum = 0;
  for (let i = 0; i < size; i++) sum += images[start + i]!;
  const mean = sum / size;
  for (let i = 0; i < size; i++) out[i] = (images[start + i]! - mean) / 255;
};

/** x / 255. */
export const scaleImage: NormalizeImage = (images, start, out) => {
  for (let i = 0; i < out.length; i++) out[i] = images[start + i]! / 255;
};

/** Divisors below it are taken for 1. */
const LEAST_DIVISOR = 1e-8;

/**
 * Global contrast normalisation, (x − mean(x)) / √(bias + var(x)), with the variance over n − 1 of all pixels and
 * channels, in units of 0 … 255: pylearn2's `global_contrast_normalize(use_std=True, sqrt_bias=bias)`, as the maxout
 * networks and those with ELU had their CIFAR.
 *
 * @see Coates, Lee and Ng, An Analysis of Single-Layer Networks in Unsupervised Feature Learning, 2011
 */
export function contrastNormalizer(bias: number): NormalizeImage {
  return (images, start, out) => {
    const size = out.length;
    let sum = 0;
    for (let i = 0; i < size; i++) sum += images[start + i]!;
    const mean = sum / size;
    let squares = 0;
    for (let i = 0; i < size; i++) squares += (images[start + i]! - mean) ** 2;
    const divisor = Math.sqrt(bias + (size > 1 ? squares / (size - 1) : 0));
    const factor = divisor < LEAST_DIVISOR ? 1 : 1 / divisor;
    for (let i = 0; i < size; i++) out[i] = (images[start + i]! - mean) * factor;
  };
}

/** @file AlexNet's noise along the directions in which a set's colours vary. */
import { ArgumentError, add, tensor } from "@tessera/tensor";
import type { BatchTransform } from "./batch-transform.ts";
import { sizesOf } from "./batch-transform.ts";
import { type DrawOptions, Draws, drawEach, stepKey } from "./draws.ts";

/** Options of {@link pcaColour}. */
export interface PcaColourOptions extends DrawOptions {
  /** Eigenvalues λ of the covariance of the training set's colours, of 0 to 1. */
  readonly values: readonly number[];
  /** Its eigenvectors p, one a row, as long as there are channels. */
  readonly vectors: readonly (readonly number[])[];
  /** Standard deviation σ of the factors α. Default: 0.1. */
  readonly sigma?: number;
  /** What pixels of 0 to 255 are divided by in scaling: one number or one a channel. Default: 255. */
  readonly deviation?: number | readonly number[];
}

/**
 * Adds Σᵢ αᵢ·λᵢ·pᵢ to every pixel of an image, the αᵢ ~ N(0, σ²) drawn anew for each image and step: light changes in
 * strength and colour, what is seen does not. Colours count from 0 to 1 here, as in the usual programs: of 0 to 255,
 * where λ is 255² times as large, the noise would be stronger than the image.
 *
 * Source: Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks, 2012, 4.1.
 *
 * @throws ArgumentError if values and vectors do not fit each other or, when it is called, the images
 */
export function pcaColour(options: PcaColourOptions): BatchTransform {
  const { values, vectors, sigma = 0.1, deviation = 255 } = options;
  if (!(sigma >= 0 && Number.isFinite(sigma))) {
    throw new ArgumentError(`pcaColour: sigma must be a number of at least 0, got ${sigma}`);
  }
  if (vectors.length !== values.length || vectors.some((vector) => vector.length !== values.length)) {
    const lengths = vectors.map((vector) => vector.length).join(", ");
    throw new ArgumentError(`pcaColour: expected ${values.length} vectors as long, one a value, got [${lengths}]`);
  }
  return (batch) => {
    const { images, targets } = batch;
    const { count, channels } = sizesOf("pcaColour", images);
    if (channels !== values.length) {
      throw new ArgumentError(`pcaColour: images must have ${values.length} channels, got ${channels}`);
    }
    const draws = new Draws(stepKey("pcaColour", options, batch), 2 * count * channels);
    const factors = drawEach(batch, () => values.map((value) => sigma * draws.normal() * value));
    const shifts = new Float32Array(count * channels);
    for (let i = 0; i < shifts.length; i++) {
      const [image, c] = [Math.floor(i / channels), i % channels];
      const shift = factors[image]!.reduce((sum, factor, axis) => sum + factor * vectors[axis]![c]!, 0);
      shifts[i] = (255 * shift) / (typeof deviation === "number" ? deviation : deviation[c]!);
    }
    return { images: add(images, tensor(shifts, [count, 1, 1, channels], { device: images.device })), targets };
  };
}

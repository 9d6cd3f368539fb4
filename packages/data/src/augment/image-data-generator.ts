import { ArgumentError } from "../errors.ts";
import type { ImageSet } from "../image-set.ts";
import { type Batch, batches } from "../pipeline/batches.ts";
import { Preprocessor } from "../preprocess/preprocessor.ts";
import type { WorkOptions } from "../preprocess/whitening.ts";
import { augment } from "./augment.ts";

/** What a generator does; the names are Keras's. */
export interface ImageDataGeneratorOptions {
  /** Subtract each image's mean. Default false. */
  readonly samplewiseCenter?: boolean;
  /** ZCA whitening; needs `samplewiseCenter` and {@link ImageDataGenerator.fit}. Default false. */
  readonly zcaWhitening?: boolean;
  /** Default 1e-6. */
  readonly zcaEpsilon?: number;
  /** Mirror half of the images. Default false. */
  readonly horizontalFlip?: boolean;
}

/** How {@link ImageDataGenerator.flow} walks a set. */
export interface FlowOptions {
  /** Default 32. */
  readonly batchSize?: number;
  /** Default true. */
  readonly shuffle?: boolean;
  /** Default 0. */
  readonly seed?: number;
  /** Epoch to begin with. Default 0. */
  readonly epoch?: number;
}

/**
 * Keras's `ImageDataGenerator(samplewise_center=…, zca_whitening=…, horizontal_flip=…)` of images in 0 … 1: flips come
 * before normalisation, as there. Its other quirks are told at {@link Preprocessor}'s `keras`.
 *
 * Whitening a batch takes H·W·C times as many multiplications as it has values; `prepareSet` does it once instead.
 *
 * @example
 * const generator = new ImageDataGenerator({ samplewiseCenter: true, zcaWhitening: true, horizontalFlip: true });
 * await generator.fit(train);
 * for await (const batch of generator.flow(train, { batchSize: 100 })) … // endless
 */
export class ImageDataGenerator {
  readonly #options: ImageDataGeneratorOptions;
  #preprocessor: Preprocessor | undefined;

  constructor(options: ImageDataGeneratorOptions = {}) {
    if (options.zcaWhitening && !options.samplewiseCenter) {
      throw new ArgumentError("ImageDataGenerator: zcaWhitening: expected samplewiseCenter with it, got it alone");
    }
    this.#options = options;
  }

  /** Fits what whitening needs on training images; without whitening there is nothing to fit. */
  async fit(train: ImageSet, options: WorkOptions = {}): Promise<void> {
    const { zcaWhitening, zcaEpsilon } = this.#options;
    if (zcaWhitening) {
      this.#preprocessor = await Preprocessor.fit(train, { normalize: "keras", epsilon: zcaEpsilon }, options);
    }
  }

  /** Batches without end, epoch after epoch; the last of an epoch may be short. Labels stay integers. */
  async *flow(
    set: ImageSet,
    { batchSize = 32, shuffle = true, seed = 0, epoch: first = 0 }: FlowOptions = {},
  ): AsyncGenerator<Batch<Float32Array>, void, undefined> {
    const preprocessor = await this.#chosen(set);
    for (let epoch = first; ; epoch++) {
      for await (const batch of batches(set, { batchSize, shuffle, seed, epoch })) {
        const varied = this.#options.horizontalFlip ? augment(batch, { pad: 0, seed, epoch }) : batch;
        const images = await preprocessor.apply(varied.images, varied.shape);
        // Bytes where there is nothing to normalise.
        yield {
          ...varied,
          images: images instanceof Float32Array ? images : Float32Array.from(images, (x) => x / 255),
        };
      }
    }
  }

  async #chosen(set: ImageSet): Promise<Preprocessor> {
    if (!this.#options.zcaWhitening) {
      return Preprocessor.fit(set, { normalize: this.#options.samplewiseCenter ? "center" : "none" });
    }
    if (this.#preprocessor) return this.#preprocessor;
    throw new ArgumentError("ImageDataGenerator.flow: zcaWhitening needs fit(train) first");
  }
}

import { checkInteger, show } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import { gatherImages, gatherLabels, type ImageSet, type Pixels } from "../image-set.ts";
import { Dataset } from "./dataset.ts";
import { permutation } from "./permutation.ts";

/** Images and labels of one training step. */
export interface Batch<P extends Pixels = Uint8Array> {
  /** Pixels, NHWC; the batch's own copy. */
  readonly images: P;
  /** Class of each image, from 0; or of each pixel, as `labelShape` says. */
  readonly labels: Int32Array;
  /** [n, H, W] where every pixel has a class. */
  readonly labelShape?: readonly [number, number, number] | undefined;
  /** [n, H, W, C]; n is smaller in the last batch of an epoch that does not divide. */
  readonly shape: readonly [number, number, number, number];
  /** Which rows of the set these are. */
  readonly indices: Uint32Array;
}

/** How to walk a set. */
export interface BatchOptions {
  /** Images a batch. Default 32, as in Keras. */
  readonly batchSize?: number;
  /** A new random order each epoch, or the set's own. Default false, as in PyTorch and tf.data. */
  readonly shuffle?: boolean;
  /** Seed of the order, an integer from 0. Default 0. */
  readonly seed?: number;
  /** Epoch, from 0: with the seed it decides the order, see `permutation`. Default 0. */
  readonly epoch?: number;
  /** Leave out a last batch that is not full (`drop_last`). Default false. */
  readonly dropRemainder?: boolean;
  /** Batch to begin at, from 0, to resume an epoch; equal to skipping as many. Default 0. */
  readonly start?: number;
  /** Batches made ahead while the consumer waits for a device. Default 2. */
  readonly prefetch?: number;
}

/** The batches of one epoch. May be iterated again, with the same batches. */
export interface Batches<P extends Pixels = Uint8Array> extends AsyncIterable<Batch<P>> {
  /** Batches in the whole epoch, those before `start` included. */
  readonly stepsPerEpoch: number;
}

/**
 * The batches of one epoch as plain typed arrays. Which images each holds is a pure function of the set's size and
 * the options.
 *
 * @param set images [N, H, W, C] and labels [N].
 * @throws ArgumentError naming the option.
 *
 * @example
 * for await (const { images, labels, shape } of batches(train, { batchSize: 100, shuffle: true, seed: 1, epoch })) {
 *   // images: Uint8Array(100 · 32 · 32 · 3), labels: Int32Array(100), shape: [100, 32, 32, 3]
 * }
 */
export function batches<P extends Pixels>(set: ImageSet<P>, options: BatchOptions = {}): Batches<P> {
  checkSet(set);
  const chosen = chooseOptions(options);
  const [count] = set.shape;
  const round = chosen.dropRemainder ? Math.floor : Math.ceil;
  const stepsPerEpoch = round(count / chosen.batchSize);
  checkInteger("batches: start", chosen.start, 0, stepsPerEpoch);
  const order = chosen.shuffle ? permutation(count, chosen) : Uint32Array.from({ length: count }, (_, i) => i);
  // The set's rows are gathered a batch at a time: faster than a record at a time, which `Dataset.fromArrays` gives.
  const steps = Dataset.fromIndexed(stepsPerEpoch, (step) =>
    makeBatch(set, order.slice(step * chosen.batchSize, (step + 1) * chosen.batchSize)),
  );
  const rest = steps.skip(chosen.start).prefetch(chosen.prefetch);
  return { stepsPerEpoch, [Symbol.asyncIterator]: () => rest.iterate() };
}

function makeBatch<P extends Pixels>(set: ImageSet<P>, indices: Uint32Array): Batch<P> {
  const [, height, width, channels] = set.shape;
  return {
    images: gatherImages(set, indices, 0, indices.length),
    ...gatherLabels(set, indices),
    shape: [indices.length, height, width, channels],
    indices,
  };
}

function checkSet({ images, labels, labelShape, shape }: ImageSet<Pixels>): void {
  const [count, height, width, channels] = shape;
  const expected = labelShape ? count * labelShape[1] * labelShape[2] : count;
  if (labels.length !== expected) {
    const what = labelShape ? "pixel" : "image";
    throw new ArgumentError(
      `batches: labels: expected ${expected}, one for each ${what} of [${shape}], got ${labels.length}`,
    );
  }
  const pixels = count * height * width * channels;
  if (images.length !== pixels) {
    throw new ArgumentError(`batches: images: expected ${pixels} bytes for [${shape}], got ${images.length}`);
  }
}

function chooseOptions(given: BatchOptions): Required<BatchOptions> {
  const { batchSize = 32, shuffle = false, seed = 0, epoch = 0, dropRemainder = false, start = 0 } = given;
  const options = { batchSize, shuffle, seed, epoch, dropRemainder, start, prefetch: given.prefetch ?? 2 };
  checkInteger("batches: batchSize", options.batchSize, 1);
  checkInteger("batches: seed", options.seed, 0);
  checkInteger("batches: epoch", options.epoch, 0);
  checkInteger("batches: prefetch", options.prefetch, 0);
  for (const name of ["shuffle", "dropRemainder"] as const) {
    if (typeof options[name] === "boolean") continue;
    throw new ArgumentError(`batches: ${name}: expected true or false, got ${show(options[name])}`);
  }
  return options;
}

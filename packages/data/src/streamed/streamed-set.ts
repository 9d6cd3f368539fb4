/** @file Labelled images that are too many for memory: read, decoded and cropped while something else trains on them. */
import { checkInteger } from "../arguments.ts";
import { ArgumentError, CorruptRecordError, DataError } from "../errors.ts";
import type { CodecChoice } from "../image/codec.ts";
import { PIXEL_LIMIT } from "../image/limits.ts";
import { type Pixels, pixelsLike } from "../image-set.ts";
import { Dataset } from "../pipeline/dataset.ts";
import { piecewise } from "../workers/piecewise.ts";
import { WorkerEnded, WorkerPool } from "../workers/pool.ts";
import { type BatchPart, type BatchShare, PartPlan, partsOf, type ReadPart } from "./batch-part.ts";
import { type CropChoice, type CropDraw, cropDrawn, drawCrop } from "./crop-draw.ts";
import { FolderItems } from "./folder-items.ts";
import type { ShardsHash } from "./hash-shards.ts";
import type { ImageItem, ImageItems, ItemOrder } from "./image-items.ts";
import { ShardItems, type ShardItemsOptions } from "./shard-items.ts";
import { storedImage } from "./stored-image.ts";

/** How images become arrays. */
export interface StreamedSetOptions {
  /** Side of the square that is cut out of every image. Default: images are as they are, and all of one size. */
  readonly crop?: number | undefined;
  /** Labels as shares of the classes, of which one is 1. Default: as they are stored. */
  readonly oneHot?: boolean | undefined;
  /** Processes that decode. Default: one for each core. */
  readonly workers?: number | undefined;
  /** What decodes JPEG. Default: `auto`. */
  readonly codec?: CodecChoice | undefined;
}

/** Options of {@link StreamedSet.batches}. */
export interface StreamedBatchOptions extends CropChoice {
  /** Images a batch. Default: 32. */
  readonly batchSize?: number;
  /** A new random order each epoch. Default: false. */
  readonly shuffle?: boolean;
  /** Of order, crops and mirror images: an integer from 0. Default: 0. */
  readonly seed?: number;
  /** From 0. Default: 0. */
  readonly epoch?: number;
  /** Batch to begin at, from 0: what comes before it is not decoded. Default: 0. */
  readonly start?: number;
  /**
   * Which process this is of those that share each batch: it reads and decodes its own part. Default: the only one.
   *
   * @example
   * set.batches({ batchSize: 256, shuffle: true, share: communicator }); // of 256 images, this rank's
   */
  readonly share?: BatchShare | undefined;
  /** Bytes of batches that may wait to be taken. Default: 2²⁹ (512 MiB). */
  readonly byteBudget?: number;
}

/** Images and labels of a step. */
export interface StreamedBatch {
  /** NHWC. */
  readonly images: Pixels;
  /** Class numbers, or shares of the classes. */
  readonly labels: Int32Array | Float32Array;
  /** [n], or [n, classes]. */
  readonly labelShape: readonly number[];
  /** [n, H, W, C]; n is smaller in the last batch of an epoch that does not divide. */
  readonly shape: readonly [number, number, number, number];
  /** Where several processes share the batch: which part of it this is. */
  readonly part?: BatchPart;
}

/** The batches of one epoch. */
export interface StreamedBatches extends AsyncIterable<StreamedBatch> {
  /** Batches in the whole epoch, those before `start` included. */
  readonly stepsPerEpoch: number;
}

const inOrder: ItemOrder = { shuffle: false, seed: 0, epoch: 0, from: 0 };

/** Images of a task for one process. */
const TASK = 16;

/**
 * Labelled images on disk. Batches are pure functions of the files, seed and epoch, whatever the number of processes;
 * how many are made ahead adapts to how often somebody had to wait for one.
 *
 * @example
 * await using train = await openRecordSet("records/train/train-*", { crop: 227 });
 * for (let epoch = 0; epoch < 90; epoch++) {
 *   const batches = train.batches({ batchSize: 128, shuffle: true, seed: 1, epoch, crop: "random", flip: 0.5 });
 *   for await (const { images, labels, shape } of batches) await trainOn(images, labels, shape);
 * }
 */
export class StreamedSet implements AsyncDisposable {
  readonly name: string;
  readonly count: number;
  readonly classNames: readonly string[];
  readonly oneHot: boolean;
  /** [H, W, C] of a batch's images. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Whether its pixels are float32 from which the mean was taken off already. */
  readonly normalized: boolean;
  /** What the shards are known by, where it is shards. */
  readonly shards: ShardsHash | undefined;
  readonly #items: ImageItems;
  readonly #pool: WorkerPool;
  readonly #options: Required<Pick<StreamedSetOptions, "codec">> & { readonly size: number | null };

  private constructor(items: ImageItems, side: number, options: StreamedSetOptions, size: number | null) {
    this.name = items.name;
    this.count = items.count;
    this.classNames = items.classNames;
    this.oneHot = options.oneHot ?? items.oneHot;
    this.shape = [side, side, 3];
    this.normalized = items.storage === "float32";
    this.shards = items instanceof ShardItems ? items.shards : undefined;
    this.#items = items;
    this.#pool = new WorkerPool(options.workers);
    this.#options = { codec: options.codec ?? "auto", size };
  }

  /** @param size scales every image and takes the middle square of this side first; `null` for images that are prepared */
  static async open(items: ImageItems, options: StreamedSetOptions, size: number | null): Promise<StreamedSet> {
    if (options.crop !== undefined) checkInteger("crop", options.crop, 1);
    try {
      return new StreamedSet(items, options.crop ?? size ?? (await ownSide(items, options)), options, size);
    } catch (error) {
      await items.close();
      throw error;
    }
  }

  /** @throws ArgumentError naming the option; while they are read, errors that name file, record and byte */
  batches(options: StreamedBatchOptions = {}): StreamedBatches {
    const { batchSize = 32, shuffle = false, seed = 0, epoch = 0, start = 0, byteBudget = 2 ** 29 } = options;
    checkInteger("batches: batchSize", batchSize, 1);
    checkInteger("batches: seed", seed, 0);
    checkInteger("batches: epoch", epoch, 0);
    const { flip = 0 } = options;
    if (!(flip >= 0 && flip <= 1)) throw new ArgumentError(`batches: flip: expected a share of 0 to 1, got ${flip}`);
    const stepsPerEpoch = Math.ceil(this.count / batchSize);
    checkInteger("batches: start", start, 0, stepsPerEpoch);
    const plan = new PartPlan(this.count, batchSize, options.share);
    const order = { shuffle, seed, epoch, from: start * batchSize, wanted: options.share && plan.wanted };
    const drawAt = (place: number) => drawCrop(options, seed, epoch, place);
    const loaded = Dataset.fromGenerator(() => partsOf(this.#items, order, plan)).parallelMap(
      {
        count: this.#pool.workers,
        open: () => ({ run: (part: ReadPart) => settled(this.#loadPart(part, drawAt)), close: async () => {} }),
      },
      { concurrency: "auto", byteBudget },
    );
    return { stepsPerEpoch, [Symbol.asyncIterator]: () => unsettled(loaded.iterate()) };
  }

  /** Some images, drawn at random, from their middles. */
  async sample(count: number, seed: number): Promise<StreamedBatch> {
    for await (const batch of this.batches({ batchSize: count, shuffle: true, seed })) return batch;
    throw new DataError(`${this.name}: there are no images`);
  }

  /** The class of each image, in order; nothing is decoded. */
  async labels(): Promise<Int32Array> {
    const labels = new Int32Array(this.count);
    let i = 0;
    for await (const { label } of this.#items.items(inOrder)) labels[i++] = label;
    return labels;
  }

  async close(): Promise<void> {
    await this.#pool.close();
    await this.#items.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #loadPart({ items, place, part }: ReadPart, drawAt: (place: number) => CropDraw): Promise<StreamedBatch> {
    const draws = items.map((_, i) => drawAt(place + i));
    return { ...(await this.#load(items, draws)), ...(part && { part }) };
  }

  async #load(items: readonly ImageItem[], draws: readonly CropDraw[]): Promise<StreamedBatch> {
    const starts = Array.from({ length: Math.ceil(items.length / TASK) }, (_, i) => i * TASK);
    const parts = await Promise.all(
      starts.map((start) => this.#crop(items.slice(start, start + TASK), draws.slice(start, start + TASK))),
    );
    const [side] = this.shape;
    const images = pixelsLike(parts[0]!, items.length * side * side * 3);
    for (const [i, part] of parts.entries()) images.set(part, i * TASK * side * side * 3);
    const classes = this.classNames.length;
    const count = items.length;
    const labels = this.oneHot ? new Float32Array(count * classes) : new Int32Array(count);
    for (const [i, { label }] of items.entries()) {
      if (this.oneHot) labels[i * classes + label] = 1;
      else labels[i] = label;
    }
    return { images, labels, labelShape: this.oneHot ? [count, classes] : [count], shape: [count, side, side, 3] };
  }

  async #crop(items: readonly ImageItem[], draws: readonly CropDraw[]): Promise<Pixels> {
    const [side] = this.shape;
    const { storage } = this.#items;
    // Copying pixels takes less than sending them to another process would.
    if (storage !== "jpeg") return storedCrops(items, draws, storage, side);
    const { codec, size } = this.#options;
    const settings = { codec, exifRotate: true, truncated: "error", maxPixels: PIXEL_LIMIT } as const;
    const run = (start: number, end: number) => {
      const sources = items.slice(start, end).map(({ source }) => source);
      return this.#pool.run("cropImages", { sources, settings, size, side, draws: draws.slice(start, end) });
    };
    const out = new Uint8Array(items.length * side * side * 3);
    for (const { start, result } of await piecewise(items.length, run)) {
      if (result instanceof WorkerEnded) {
        throw new DataError(`${nameOf(items[start]!)}: ${result.message} while this image was being decoded`);
      }
      const [failed] = result.failures;
      if (failed) throw new CorruptRecordError(failed.reason);
      out.set(result.pixels, start * side * side * 3);
    }
    return out;
  }
}

/** An error is handed on as a value, because stages of a pipeline would tell it with a place of their own. */
type Settled<T> = { readonly value: T } | { readonly error: unknown };

async function settled<T>(work: Promise<T>): Promise<Settled<T>> {
  return work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

async function* unsettled<T>(results: AsyncIterable<Settled<T>>): AsyncGenerator<T, void, undefined> {
  for await (const result of results) {
    if ("error" in result) throw result.error;
    yield result.value;
  }
}

function nameOf({ source }: ImageItem): string {
  return typeof source === "string" ? source : source.name;
}

function storedCrops(
  items: readonly ImageItem[],
  draws: readonly CropDraw[],
  storage: "raw" | "float32",
  side: number,
): Pixels {
  const crops = items.map((item, i) => cropDrawn(storedImage(item.source, storage, side), side, draws[i]!));
  const out = pixelsLike(crops[0]!, crops.length * side * side * 3);
  for (const [i, crop] of crops.entries()) out.set(crop, i * side * side * 3);
  return out;
}

/** Side of the first image, where none is asked for. */
async function ownSide(items: ImageItems, { codec = "auto" }: StreamedSetOptions): Promise<number> {
  for await (const { source } of items.items(inOrder)) {
    if (typeof source === "string") break;
    if (items.storage !== "jpeg") return storedImage(source, items.storage, 1).shape[0];
    const { decodeImage } = await import("../image/decode-image.ts");
    const { height, width } = await decodeImage(source.bytes, { source: source.name, codec });
    return Math.min(height, width);
  }
  throw new DataError(`${items.name}: crop: expected the side of the images, got none`);
}

/** Options of {@link openRecordSet}. */
export interface RecordSetOptions extends StreamedSetOptions, ShardItemsOptions {}

/**
 * A set in TFRecord shards, compressed or not: `image_raw`, a JPEG or PNG, or as `storage` says; and `label`, a class
 * number or one-hot.
 *
 * Uncompressed shards are shuffled in full, compressed ones in a window of 10000 records; several are read in turns.
 *
 * @param files paths, or a pattern as `records/train/train-*`
 * @throws MissingDataError, DataError, and the TFRecord reader's errors, each naming the file
 */
export async function openRecordSet(
  files: string | readonly string[],
  options: RecordSetOptions = {},
): Promise<StreamedSet> {
  return StreamedSet.open(await ShardItems.open(files, options), options, null);
}

/** Options of {@link openPhotoSet}. */
export interface PhotoSetOptions extends StreamedSetOptions {
  /** Shorter side to which photographs are scaled, before the middle square is cropped further. */
  readonly size: number;
}

/**
 * A set of photographs, `<folder>/<class>/<file>`, of any size: scaled and cropped as `processImage` does.
 *
 * @throws MissingDataError where there is none
 */
export async function openPhotoSet(folder: string, options: PhotoSetOptions): Promise<StreamedSet> {
  checkInteger("openPhotoSet: size", options.size, 1);
  return StreamedSet.open(await FolderItems.open(folder), options, options.size);
}

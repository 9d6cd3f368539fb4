/** @file What worker processes run. Each image is read and decoded once; one at a time, so that memory stays flat. */
import { readFile, stat } from "node:fs/promises";
import { decodeImage } from "../image/decode-image.ts";
import { encodeJpeg } from "../image/encode-jpeg.ts";
import { ImageError } from "../image/errors.ts";
import { processImage } from "../image/process-image.ts";
import type { RgbImage } from "../image/rgb-image.ts";
import { useOneThread } from "../image/sharp-codec.ts";
import { type DecodeSettings, type RecordSettings, recordOf } from "../imagenet/record.ts";
import { type ImageMoments, imageMoments } from "../statistics/moments.ts";
import { type CropDraw, cropDrawn } from "../streamed/crop-draw.ts";

await useOneThread();
// Ctrl-C at a terminal goes to every process of the group; the parent decides what it means.
process.on("SIGINT", () => undefined);

/** An image that could not be used, or was only in part. */
export interface ImageIssue {
  /** Index in the task's list. */
  readonly index: number;
  readonly reason: string;
}

/** An image as a path or, out of a record, as bytes with a name. */
export type ImageSource = string | { readonly name: string; readonly bytes: Uint8Array };

interface Outcome {
  readonly failures: ImageIssue[];
  readonly warnings: ImageIssue[];
}

/** Bytes beyond which a file is no image that anybody means: a disk image under a wrong name would fill the memory. */
const FILE_LIMIT = 2 ** 28;

async function bytesOf(source: ImageSource): Promise<Uint8Array> {
  if (typeof source !== "string") return source.bytes;
  const { size, isFile } = await stat(source).then((found) => ({ size: found.size, isFile: found.isFile() }));
  if (!isFile) throw new ImageError(`${source}: expected a file`);
  if (size > FILE_LIMIT) throw new ImageError(`${source}: ${size} bytes, more than the limit of ${FILE_LIMIT}`);
  return readFile(source);
}

/** Calls `use` with each image in turn; meanwhile the next file is read. What fails is noted and passed over. */
async function eachImage(
  sources: readonly ImageSource[],
  settings: DecodeSettings,
  use: (image: RgbImage, index: number, sourceBytes: number) => void | Promise<void>,
): Promise<Outcome> {
  const outcome: Outcome = { failures: [], warnings: [] };
  const read = (index: number) => {
    const promise = sources[index] === undefined ? undefined : bytesOf(sources[index]);
    promise?.catch(() => undefined); // Whoever awaits it sees the error.
    return promise;
  };
  let next = read(0);
  for (const [index, source] of sources.entries()) {
    const current = next;
    next = read(index + 1);
    const name = typeof source === "string" ? source : source.name;
    const onWarning = (reason: string) => outcome.warnings.push({ index, reason });
    try {
      const bytes = (await current)!;
      const image = await decodeImage(bytes, { source: name, ...settings, onWarning });
      await use(image, index, bytes.length);
    } catch (error) {
      outcome.failures.push({ index, reason: reasonOf(error, name) });
    }
  }
  return outcome;
}

function reasonOf(error: unknown, name: string): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.includes(name) ? message : `${name}: ${message}`;
}

/** A batch of images that become records of one shard. */
export interface PrepareTask {
  readonly files: readonly string[];
  /** A class's number, or one-hot, for each file. */
  readonly labels: readonly (readonly number[])[];
  readonly settings: RecordSettings;
}

/** What became of it. */
export interface Prepared extends Outcome {
  /** The records, framed, of the images that did not fail, in order. */
  readonly frames: Uint8Array;
  /** Bytes of the files behind them. */
  readonly sourceBytes: number;
}

export async function prepareImages({ files, labels, settings }: PrepareTask): Promise<Prepared> {
  const frames: Uint8Array[] = [];
  let sourceBytes = 0;
  const outcome = await eachImage(files, settings.decode, async (image, index, bytes) => {
    frames.push(await recordOf(image, labels[index]!, settings));
    sourceBytes += bytes;
  });
  return { ...outcome, frames: Buffer.concat(frames), sourceBytes };
}

/** A batch of images to measure. */
export interface MeasureTask {
  readonly sources: readonly ImageSource[];
  readonly settings: DecodeSettings;
}

/** Sums of the images that did not fail, in order. */
export interface Measured extends Outcome {
  readonly moments: readonly ImageMoments[];
}

export async function measureImages({ sources, settings }: MeasureTask): Promise<Measured> {
  const moments: ImageMoments[] = [];
  const outcome = await eachImage(sources, settings, (image) => {
    moments.push(imageMoments(image));
  });
  return { ...outcome, moments };
}

/** A batch of images to train on. */
export interface CropTask {
  readonly sources: readonly ImageSource[];
  readonly settings: DecodeSettings;
  /** Scales each image and takes the middle square of this side first, as `processImage` does; `null` leaves it as it is. */
  readonly size: number | null;
  /** Side of what is cut out, and of each image where. */
  readonly side: number;
  readonly draws: readonly CropDraw[];
}

/** Pixels of the images, in order; zeros of those that failed. */
export interface Cropped extends Outcome {
  readonly pixels: Uint8Array;
}

export async function cropImages({ sources, settings, size, side, draws }: CropTask): Promise<Cropped> {
  const pixels = new Uint8Array(sources.length * side * side * 3);
  const outcome = await eachImage(sources, settings, (image, index) => {
    const { height, width, pixels: all } = size === null ? image : processImage(image, size);
    if (height < side || width < side) {
      throw new ImageError(`expected an image of at least ${side}×${side}, got ${height}×${width}`);
    }
    pixels.set(cropDrawn({ pixels: all, shape: [height, width, 3] }, side, draws[index]!), index * side * side * 3);
  });
  return { ...outcome, pixels };
}

/** A batch of images to encode at several qualities. */
export interface CompareTask {
  readonly files: readonly string[];
  readonly qualities: readonly number[];
  readonly settings: RecordSettings;
}

/** Bytes and errors, summed over the images that did not fail. */
export interface Compared extends Outcome {
  readonly images: number;
  readonly sourceBytes: number;
  /** In the order of the qualities: bytes of the JPEGs, and squared differences from what was encoded. */
  readonly encoded: readonly { bytes: number; squaredError: number }[];
}

export async function compareQualities({ files, qualities, settings }: CompareTask): Promise<Compared> {
  const { decode, size, geometry } = settings;
  const encoded = qualities.map(() => ({ bytes: 0, squaredError: 0 }));
  let [images, sourceBytes] = [0, 0];
  const outcome = await eachImage(files, decode, async (image, _, bytes) => {
    const small = processImage(image, size, geometry);
    for (const [i, quality] of qualities.entries()) {
      const file = await encodeJpeg(small, quality, { codec: decode.codec });
      const again = await decodeImage(file, { codec: decode.codec });
      encoded[i]!.bytes += file.length;
      encoded[i]!.squaredError += squaredDifference(small.pixels, again.pixels);
    }
    images++;
    sourceBytes += bytes;
  });
  return { ...outcome, images, sourceBytes, encoded };
}

function squaredDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}

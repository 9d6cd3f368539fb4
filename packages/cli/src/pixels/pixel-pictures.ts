/** @file What networks for pixels make of images, as pictures. */
import {
  type Colours,
  type ImageSet,
  overlayMask,
  type Pixels,
  paintColours,
  permutation,
  type RgbImage,
  selectRows,
} from "@tessera/data";
import { type Activations, argmaxRows, type Module, type PixelScale, predict } from "@tessera/nn";
import type { LoadedSet } from "../load-set.ts";
import { percent } from "../metrics-text.ts";
import type { GridImage } from "../pictures/image-grid.ts";
import { visible } from "../pictures/visible-pixels.ts";

/** How pictures are made. */
export interface PixelPictureOptions {
  readonly pixels: PixelScale;
  /** Which images is a function of it. */
  readonly seed: number;
  /** Images at most. Default: 10. */
  readonly most?: number;
}

/** Images of a set with what is true and what is predicted below them: strips of colours, or photographs with masks. */
export async function pixelPicture(
  model: Module,
  { test, colours, classNames, names }: Pick<LoadedSet, "test" | "colours" | "classNames" | "names">,
  { pixels, seed, most = 10 }: PixelPictureOptions,
): Promise<string> {
  const rows = permutation(test.shape[0], { seed }).subarray(0, most).sort();
  const sample = selectRows(test, rows);
  const predicted = await predictPixels(model, sample, pixels, classNames.length);
  const shown = (labels: Int32Array) => paintedImages(sample, labels, colours, classNames);
  const right = Array.from(rows, (_, i) => percent(shareRight(sample, predicted, i)));
  const titles = Array.from(rows, (row, i) => names?.test[row] ?? (i === 0 ? "grey" : ""));
  const images = [
    ...plainImages(sample).map((image, i) => ({ ...image, title: titles[i]! })),
    ...shown(sample.labels).map((image, i) => ({ ...image, title: i === 0 ? "truth" : "" })),
    ...shown(predicted).map((image, i) => ({ ...image, title: `${right[i]} right` })),
  ];
  const { imageGridSvg } = await import("../pictures/image-grid.ts");
  return imageGridSvg(images.map(shrunk), { columns: rows.length, scale: scaleOf(sample) });
}

/** The class of each pixel of a set, an image at a time, so that large ones fit. */
export async function predictPixels(
  model: Module,
  set: Pick<ImageSet<Pixels>, "images" | "shape">,
  pixels: PixelScale,
  classes: number,
): Promise<Int32Array> {
  const [count, height, width, channels] = set.shape;
  const size = height * width * channels;
  const found = new Int32Array(count * height * width);
  for (let i = 0; i < count; i++) {
    const images = set.images.subarray(i * size, (i + 1) * size);
    const [logits] = await predict(model, [{ images, shape: [1, height, width, channels] }], { pixels });
    found.set(argmaxRows(logits!, classes), i * height * width);
  }
  return found;
}

/** Each image with its classes in colours: all of it where they are colours, else the image shining through. */
export function paintedImages(
  set: Pick<ImageSet<Pixels>, "images" | "shape">,
  labels: Int32Array,
  colours: Colours | undefined,
  classNames: readonly string[],
): RgbImage[] {
  const [, height, width] = set.shape;
  const area = height * width;
  return plainImages(set).map((image, i) => {
    const own = labels.subarray(i * area, (i + 1) * area);
    if (colours) return { pixels: paintColours(own, colours), height, width };
    return overlayMask(image, own, { colours: classColours(classNames) });
  });
}

/** Okabe and Ito's colours, which colour-blind readers can tell apart; background is left as it is. */
function classColours(classNames: readonly string[]) {
  const palette = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [86, 180, 233],
    [230, 159, 0],
  ] as const;
  let next = 0;
  return classNames.map((name) => (name === "background" ? null : palette[next++ % palette.length]!));
}

/** Images as they are, grey ones in three channels. */
function plainImages(set: Pick<ImageSet<Pixels>, "images" | "shape">): RgbImage[] {
  const [count, height, width, channels] = set.shape;
  const bytes = set.images instanceof Uint8Array ? set.images : set.images.map((grey) => Math.round(256 * grey));
  const size = height * width * channels;
  return Array.from({ length: count }, (_, i) => {
    const own = bytes.subarray(i * size, (i + 1) * size);
    const pixels = channels === 3 ? own : Array.from(own).flatMap((grey) => [grey, grey, grey]);
    return { pixels: Uint8Array.from(pixels), height, width };
  });
}

/** Of an image's pixels that count. */
function shareRight({ labels, shape: [, height, width] }: ImageSet<Pixels>, predicted: Int32Array, i: number): number {
  let [right, counted] = [0, 0];
  for (let pixel = i * height * width; pixel < (i + 1) * height * width; pixel++) {
    if (labels[pixel]! < 0) continue;
    counted++;
    if (labels[pixel] === predicted[pixel]) right++;
  }
  return right / counted;
}

/** Longer sides are halved, thirded, … for a picture of many. */
const longest = 160;

const scaleOf = ({ shape: [, height, width] }: ImageSet<Pixels>) =>
  Math.max(1, Math.floor(96 / Math.max(height, width)));

/** Means of squares of pixels. */
function shrunk(image: GridImage): GridImage {
  const factor = Math.ceil(Math.max(image.height, image.width) / longest);
  if (factor === 1) return image;
  const [height, width] = [Math.floor(image.height / factor), Math.floor(image.width / factor)];
  const pixels = new Uint8Array(height * width * 3);
  for (let at = 0; at < pixels.length; at++) {
    const [row, column, channel] = [Math.floor(at / 3 / width), Math.floor(at / 3) % width, at % 3];
    let sum = 0;
    for (let y = row * factor; y < (row + 1) * factor; y++) {
      for (let x = column * factor; x < (column + 1) * factor; x++)
        sum += image.pixels[3 * (y * image.width + x) + channel]!;
    }
    pixels[at] = Math.round(sum / factor ** 2);
  }
  return { ...image, pixels, height, width };
}

/** Channels of one image's activations, each from its least value to its greatest. */
export async function activationPicture({ values, shape }: Activations, most = 32): Promise<string> {
  const [, height, width, channels] = shape as [number, number, number, number];
  const area = height * width;
  const count = Math.min(most, channels);
  const maps = Float32Array.from(
    { length: count * area },
    (_, i) => values[(i % area) * channels + Math.floor(i / area)]!,
  );
  const { images } = visible({ images: maps, labels: new Int32Array(count), shape: [count, height, width, 1] });
  const grid = Array.from({ length: count }, (_, i) => {
    return { pixels: images.subarray(i * area, (i + 1) * area), height, width, title: String(i) };
  });
  const { imageGridSvg } = await import("../pictures/image-grid.ts");
  return imageGridSvg(grid, { columns: 8, scale: Math.max(1, Math.floor(64 / Math.max(height, width))) });
}

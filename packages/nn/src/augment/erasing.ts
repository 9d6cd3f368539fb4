/** @file Parts of images that are taken away: cutout, random erasing, coarse dropout. */
import { eraseBoxes, type Tensor, tensor } from "@tessera/tensor";
import type { BatchTransform } from "./batch-transform.ts";
import { sizesOf } from "./batch-transform.ts";
import { colorTensor } from "./crops.ts";
import { checkRange, checkShare, checkWhole, type DrawOptions, Draws, drawEach, stepKey } from "./draws.ts";

/** Options of {@link cutout}. */
export interface CutoutOptions extends DrawOptions {
  /** Height and width of a square, in pixels. */
  readonly size: number;
  /** Squares an image. Default: 1. */
  readonly holes?: number;
  /** What they are filled with, after scaling: a number, or one for each channel. Default: 0. */
  readonly fill?: number | readonly number[];
}

/**
 * Fills squares whose middle is any pixel of the image with equal chance; what lies outside is clipped (DeVries and
 * Taylor, "Improved regularization of convolutional neural networks with cutout", 2017).
 */
export function cutout(options: CutoutOptions): BatchTransform {
  const { size, holes = 1, fill = 0 } = options;
  checkWhole("cutout: size", size, 0);
  checkWhole("cutout: holes", holes, 1);
  return (batch) => {
    const { images, targets } = batch;
    const { count, height, width, channels } = sizesOf("cutout", images);
    const draws = new Draws(stepKey("cutout", options, batch), 2 * count * holes);
    const boxes = drawEach(batch, () =>
      Array.from({ length: holes }, (): Box => {
        const [row, column] = [draws.below(height), draws.below(width)];
        return [row - Math.floor(size / 2), column - Math.floor(size / 2), size, size, -1];
      }),
    );
    return { images: erase(images, boxes, colorTensor("cutout", fill, channels, images)), targets };
  };
}

/** Options of {@link randomErasing}; the defaults are the paper's. */
export interface RandomErasingOptions extends DrawOptions {
  /** Share of the images of which a part is erased. Default: 0.5. */
  readonly probability?: number;
  /** Least and greatest share of the area. Default: [0.02, 0.4]. */
  readonly area?: readonly [number, number];
  /** Least and greatest height by width. Default: [0.3, 1 / 0.3]. */
  readonly aspect?: readonly [number, number];
  /**
   * What the rectangle is filled with, after scaling: a number, one for each channel, or a colour for each rectangle,
   * every channel uniform between two numbers. Default: 0, the mean where pixels were standardised.
   */
  readonly fill?: number | readonly number[] | { readonly low: number; readonly high: number };
}

/** How often a rectangle that fits is looked for. */
const attempts = 100;

/**
 * Fills a rectangle of random area and aspect ratio in some of the images (Zhong, Zheng, Kang, Li and Yang, "Random
 * erasing data augmentation", 2020): `h = round √(area · aspect)`, `w = round √(area / aspect)`, both uniform, anew until
 * it fits, at most 100 times.
 */
export function randomErasing(options: RandomErasingOptions): BatchTransform {
  const { probability = 0.5, area = [0.02, 0.4], aspect = [0.3, 1 / 0.3], fill = 0 } = options;
  checkShare("randomErasing: probability", probability);
  checkRange("randomErasing: area", area, 0, 1);
  checkRange("randomErasing: aspect", aspect, 2 ** -10, 2 ** 10);
  return (batch) => {
    const { images, targets } = batch;
    const { count, height, width, channels } = sizesOf("randomErasing", images);
    const draws = new Draws(stepKey("randomErasing", options, batch), 8 * count);
    const drawn = drawEach(batch, () => {
      const boxes = draws.chance(probability) ? [rectangle(draws, height, width, area, aspect)] : [];
      const color = isRange(fill) ? Array.from({ length: channels }, () => draws.uniform(fill.low, fill.high)) : [];
      return { boxes, color };
    });
    const boxes = drawn.map((each) => each.boxes);
    const colors = isRange(fill)
      ? tensor(Float32Array.from(drawn.flatMap(({ color }) => color)), [count, 1, channels], { device: images.device })
      : colorTensor("randomErasing", fill, channels, images);
    return { images: erase(images, boxes, colors, 1), targets };
  };
}

function rectangle(
  draws: Draws,
  height: number,
  width: number,
  area: readonly [number, number],
  aspect: readonly [number, number],
): Box {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const pixels = draws.uniform(...area) * height * width;
    const ratio = draws.uniform(...aspect);
    const [h, w] = [Math.round(Math.sqrt(pixels * ratio)), Math.round(Math.sqrt(pixels / ratio))];
    if (h < height && w < width) return [draws.below(height - h + 1), draws.below(width - w + 1), h, w, -1];
  }
  return noBox;
}

type Fill = NonNullable<RandomErasingOptions["fill"]>;

function isRange(fill: Fill): fill is { readonly low: number; readonly high: number } {
  return typeof fill === "object" && "low" in fill;
}

/** Options of {@link coarseDropout}; the defaults are those of S0's training, in imgaug's terms. */
export interface CoarseDropoutOptions extends DrawOptions {
  /** Least and greatest share of the cells that are dropped; drawn for each image. Default: [0, 0.2]. */
  readonly rate?: readonly [number, number];
  /** Least and greatest number of rows (and columns) of cells, as a share of the pixels'. Default: [0.02, 0.25]. */
  readonly cells?: readonly [number, number];
  /** Share of the images whose channels are dropped each on its own. Default: 0.5. */
  readonly perChannel?: number;
  /** What is put in the place of a dropped cell, after scaling. Default: 0. */
  readonly fill?: number | readonly number[];
}

/** Cells along an axis are at least as many, as imgaug has it. */
const leastCells = 4;

/**
 * Cuts each image into a coarse grid and fills some of its cells, or some channels of them (imgaug's CoarseDropout). The
 * grid has `max(4, ⌊share · pixels⌋)` rows and columns, the shares being drawn for each image and axis.
 */
export function coarseDropout(options: CoarseDropoutOptions): BatchTransform {
  const { fill = 0 } = options;
  checkCoarseDropout("coarseDropout", options);
  return (batch) => {
    const { images, targets } = batch;
    const { count, height, width, channels } = sizesOf("coarseDropout", images);
    const draws = new Draws(stepKey("coarseDropout", options, batch), 64 * count);
    const boxes = drawEach(batch, () => droppedCells(draws, { height, width, channels }, options));
    return { images: erase(images, boxes, colorTensor("coarseDropout", fill, channels, images)), targets };
  };
}

/** @throws ArgumentError naming the transform */
export function checkCoarseDropout(name: string, options: Omit<CoarseDropoutOptions, "seed">): void {
  checkRange(`${name}: rate`, options.rate ?? [0, 0.2], 0, 1);
  checkRange(`${name}: cells`, options.cells ?? [0.02, 0.25], 0, 1);
  checkShare(`${name}: perChannel`, options.perChannel ?? 0.5);
}

/** The cells of one image that are dropped. */
export function droppedCells(
  draws: Draws,
  { height, width, channels }: { readonly height: number; readonly width: number; readonly channels: number },
  { rate = [0, 0.2], cells = [0.02, 0.25], perChannel = 0.5 }: Omit<CoarseDropoutOptions, "seed">,
): Box[] {
  const share = draws.uniform(...rate);
  const cellsOf = (size: number) => Math.min(size, Math.max(leastCells, Math.floor(draws.uniform(...cells) * size)));
  const [rows, columns] = [cellsOf(height), cellsOf(width)];
  const kinds = draws.chance(perChannel) ? Array.from({ length: channels }, (_, c) => c) : [-1];
  const edge = (i: number, count: number, size: number) => Math.ceil((i * size) / count);
  const dropped: Box[] = [];
  for (const channel of kinds) {
    for (let i = 0; i < rows; i++) {
      const top = edge(i, rows, height);
      for (let j = 0; j < columns; j++) {
        if (!draws.chance(share)) continue;
        const left = edge(j, columns, width);
        dropped.push([top, left, edge(i + 1, rows, height) - top, edge(j + 1, columns, width) - left, channel]);
      }
    }
  }
  return dropped;
}

/** Top, left, height, width, and the channel or −1. */
export type Box = readonly [number, number, number, number, number];

const noBox: Box = [0, 0, 0, 0, -1];

/** Numbers of boxes are rounded up to a multiple of it, so that few sizes of buffers come up. */
const boxSteps = 16;

/** eraseBoxes for as many boxes of each image as there are. */
export function erase(images: Tensor, boxes: readonly (readonly Box[])[], colors: Tensor, count?: number): Tensor {
  const most = boxes.reduce((greatest, { length }) => Math.max(greatest, length), 0);
  const room = count ?? (most <= 1 ? most : Math.ceil(most / boxSteps) * boxSteps);
  const numbers = new Int32Array(boxes.length * room * 5);
  boxes.forEach((own, b) => {
    own.forEach((box, k) => {
      numbers.set(box, (b * room + k) * 5);
    });
  });
  return eraseBoxes(images, tensor(numbers, [boxes.length, room, 5], { device: images.device }), colors);
}

/** @file The sizes of a resampling, and the steps in which it walks over an image, as whole numbers. */
import { ArgumentError, ShapeError } from "../../errors.ts";
import { formatShape, type TensorSpec } from "../../shape.ts";
import { checkRank } from "../conv2d/geometry.ts";

/** How pixels between those of an image are made. */
export type Interpolation = "nearest" | "bilinear";

/** What an image is resampled to, and how. */
export interface UpsampleOptions {
  /** How many times as large: one whole number, or [y, x]. Either this or `size`. */
  readonly scale?: number | readonly [number, number];
  /** [height, width] of the result. Either this or `scale`. */
  readonly size?: readonly [number, number];
  /** Default: `"nearest"`, as Keras's and PyTorch's. */
  readonly interpolation?: Interpolation;
  /** Whether the centres of the corner pixels stay the corners, for `"bilinear"`. Default: false. */
  readonly alignCorners?: boolean;
}

/**
 * One axis. Output i lies at the place n / divisor of the image, in pixels, with n = max(0, i · step + offset): whole
 * numbers, so that every device finds the same pixel.
 */
export interface ResampledAxis {
  readonly size: number;
  readonly step: number;
  readonly offset: number;
  readonly divisor: number;
}

/** Every size of a resampling. */
export interface UpsampleGeometry {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly down: ResampledAxis;
  readonly across: ResampledAxis;
  readonly interpolation: Interpolation;
}

const op = "upsample2d";

/** Checks x and the options, and works the sizes out. */
export function upsampleGeometry(x: TensorSpec, options: UpsampleOptions): UpsampleGeometry {
  const { interpolation = "nearest", alignCorners = false } = options;
  if (interpolation !== "nearest" && interpolation !== "bilinear") {
    throw new ArgumentError(`${op}: interpolation must be "nearest" or "bilinear", got ${interpolation}`);
  }
  if (alignCorners && interpolation === "nearest") {
    throw new ArgumentError(`${op}: alignCorners goes with interpolation "bilinear", got "nearest"`);
  }
  checkRank(op, "x", "[batch, height, width, channels]", x.shape);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  if (height < 1 || width < 1) throw new ShapeError(`${op}: x has no pixels: ${formatShape(x.shape)}`);
  const [outHeight, outWidth] = targetSize([height, width], options);
  const axis = (from: number, to: number) => alongAxis(from, to, interpolation, alignCorners);
  return {
    ...{ batch, height, width, channels, outHeight, outWidth, interpolation },
    ...{ down: axis(height, outHeight), across: axis(width, outWidth) },
  };
}

function targetSize([height, width]: readonly [number, number], { scale, size }: UpsampleOptions) {
  if ((scale === undefined) === (size === undefined)) {
    throw new ArgumentError(`${op}: either scale or size is needed, got ${scale === undefined ? "neither" : "both"}`);
  }
  const [name, given] = size ? (["size", size] as const) : (["scale", scale!] as const);
  const [y, x] = typeof given === "number" ? [given, given] : given;
  if (![y, x].every((value) => Number.isInteger(value) && value >= 1)) {
    throw new ArgumentError(`${op}: ${name} must be whole numbers of at least 1, got [${y}, ${x}]`);
  }
  return size ? ([y, x] as const) : ([height * y, width * x] as const);
}

/** Nearest: i · from / to. Half-pixel centres: (i + ½) · from / to − ½. Aligned corners: i · (from − 1) / (to − 1). */
function alongAxis(from: number, to: number, interpolation: Interpolation, alignCorners: boolean): ResampledAxis {
  if (2 * (from + 2) * (to + 2) > 2 ** 31 - 1) {
    throw new ArgumentError(`${op}: from ${from} to ${to} pixels along an axis is more than kernels can count`);
  }
  if (interpolation === "nearest") return { size: from, step: from, offset: 0, divisor: to };
  // One pixel is everywhere, whichever rule puts it there.
  if (!alignCorners || from === 1) return { size: from, step: 2 * from, offset: from - to, divisor: 2 * to };
  return { size: from, step: from - 1, offset: 0, divisor: Math.max(1, to - 1) };
}

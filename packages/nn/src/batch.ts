/** @file What training reads: plain typed arrays, and how images become the numbers that a network sees. */
import { ArgumentError, type Device, keep, lookupTable, type Shape, type Tensor, tensor } from "@tessera/tensor";
import type { BatchPart } from "./distributed/batch-part.ts";

/** Images and their labels. */
export interface Batch {
  /** Bytes, 0 to 255, or the very numbers that the network is to see; [N, H, W, C]. */
  readonly images: Uint8Array | Float32Array;
  /** Class numbers, counted from 0, one an example or one a pixel; or float32 shares of the classes. */
  readonly labels: Int32Array | Float32Array;
  readonly shape: Shape;
  /** Default: [N] for class numbers, [N, classes] for shares. */
  readonly labelShape?: Shape;
  /** Where it is a part of a batch already that several ranks share. Default: `fit` cuts it into theirs. */
  readonly part?: BatchPart;
}

/** Options of {@link PixelScale}. */
export interface PixelScaleOptions {
  /** Channels of the images. Default: 3. */
  readonly channels?: number;
  /** Subtracted, in pixel units: one number or one a channel. Default: 0. */
  readonly mean?: number | readonly number[];
  /** Divided by, in pixel units: one number or one a channel. Default: 255, so that pixels lie in 0..1. */
  readonly deviation?: number | readonly number[];
  /** Where the table lies. Default: the default device. */
  readonly device?: Device;
}

/**
 * (pixel − mean) / deviation for uint8 images, through a table of 256 entries a channel computed in float64 on the host,
 * so that every device sees the same bits.
 */
export class PixelScale {
  readonly #table: Tensor;

  constructor({ channels = 3, mean = 0, deviation = 255, device }: PixelScaleOptions = {}) {
    const [means, deviations] = [mean, deviation].map((value) => perChannel(value, channels));
    const values = Float32Array.from({ length: 256 * channels }, (_, i) => {
      const channel = i % channels;
      return (Math.floor(i / channels) - means![channel]!) / deviations![channel]!;
    });
    this.#table = keep(tensor(values, [256, channels], device && { device }));
  }

  /** float32 [256, channels]: what each byte becomes; as long as this is not disposed. */
  get table(): Tensor {
    return this.#table;
  }

  /**
   * Uploads images and scales them: uint8 [N, H, W, C] → float32 of the same shape. Images of float32 are normalised
   * already, and are uploaded as they are.
   */
  apply(images: Uint8Array | Float32Array, shape: Shape): Tensor {
    const pixels = tensor(images, shape, { device: this.#table.device });
    if (images instanceof Float32Array) return pixels;
    const result = lookupTable(pixels, this.#table);
    pixels.dispose();
    return result;
  }

  dispose(): void {
    this.#table.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function perChannel(value: number | readonly number[], channels: number): readonly number[] {
  const values = typeof value === "number" ? new Array<number>(channels).fill(value) : value;
  if (values.length !== channels) {
    throw new ArgumentError(`PixelScale: expected ${channels} values, one a channel, got ${values.length}`);
  }
  return values;
}

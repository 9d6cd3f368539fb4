/** @file A set of images that lies on the device, so that a step uploads nothing but which of them it wants. */
import {
  ArgumentError,
  type Augmentation,
  augmentBatch,
  augmentBatchFromStep,
  type Device,
  DeviceError,
  defaultDevice,
  formatShape,
  gather,
  keep,
  type Shape,
  sizeOf,
  type Tensor,
  tensor,
} from "@tessera/tensor";
import type { DeviceBatch } from "./augment/batch-transform.ts";
import type { DrawOptions } from "./augment/draws.ts";
import { PixelScale, type PixelScaleOptions } from "./batch.ts";

/** Images and their labels, as `data` has them. */
export interface DeviceImages {
  /** Bytes of [N, H, W, C]. */
  readonly images: Uint8Array;
  /** N class numbers. */
  readonly labels: Int32Array;
  readonly shape: Shape;
}

/** Options of {@link DeviceSet.upload}. */
export interface DeviceSetOptions {
  /** How bytes become numbers. Default: scaled to 0..1. */
  readonly pixels?: Omit<PixelScaleOptions, "channels">;
  /** Default: the default device. */
  readonly device?: Device;
}

/**
 * Images and labels on the device, uploaded once. A batch is gathered there, and may be cropped, mirrored and cut out by
 * the same kernel; without that it has the very bits of `PixelScale.apply` on the same images.
 *
 * @example
 * const set = await DeviceSet.upload(train);
 * const order = permutation(train.labels.length, { seed, epoch });
 * step(optimizer, () => {
 *   const { images, targets } = set.batch(order.subarray(0, 100), { seed, padding: 4, flip: 0.5 });
 *   return { loss: crossEntropy(model.forward(images), targets) };
 * });
 */
export class DeviceSet {
  /** [N, H, W, C]. */
  readonly shape: Shape;
  readonly device: Device;
  readonly #images: Tensor;
  readonly #labels: Tensor;
  readonly #pixels: PixelScale;

  private constructor(shape: Shape, images: Tensor, labels: Tensor, pixels: PixelScale) {
    this.shape = shape;
    this.device = images.device;
    this.#images = images;
    this.#labels = labels;
    this.#pixels = pixels;
  }

  /**
   * Uploads a set, and waits until the device has it.
   *
   * @throws ArgumentError if images, labels and shape do not fit
   * @throws DeviceError if the device has no room for it, with nothing left behind: take batches from the host then
   */
  static async upload(set: DeviceImages, options: DeviceSetOptions = {}): Promise<DeviceSet> {
    const { device = defaultDevice(), pixels } = options;
    checkSet(set);
    const { images, labels, shape } = set;
    const made: { dispose(): void }[] = [];
    const kept = <T extends { dispose(): void }>(value: T): T => {
      made.push(value);
      return value;
    };
    try {
      const bytes = kept(keep(tensor(images, shape, { device })));
      const numbers = kept(keep(tensor(labels, [labels.length], { device })));
      const scale = kept(new PixelScale({ ...pixels, channels: shape[3]!, device }));
      const result = new DeviceSet(shape, bytes, numbers, scale);
      await result.#check();
      return result;
    } catch (cause) {
      for (const each of made) each.dispose();
      if (!(cause instanceof DeviceError)) throw cause;
      const size = `${shape[0]} images of ${shape.slice(1).join(" × ")}, ${(images.length / 1e6).toFixed(0)} MB`;
      throw new DeviceError(`DeviceSet: the device cannot hold ${size}: ${cause.message.split("\n")[0]}`, {
        cause,
        hints: ["take batches from the host: they need room for one batch only"],
      });
    }
  }

  /** Number of images. */
  get count(): number {
    return this.shape[0]!;
  }

  /**
   * The images at `rows`, in that order, as numbers, and their labels. The choices of an augmentation follow from its
   * seed, its stream and the step's number.
   *
   * @param rows whole numbers of 0 … N − 1; `permutation` of `@tessera/data` gives the order that its `batches` have
   * @returns tensors of the scope in which it is called
   * @throws ArgumentError if a row is out of range, or an option is
   */
  batch(rows: ArrayLike<number>, augmentation?: Augmentation & DrawOptions): DeviceBatch {
    const { device } = this;
    const wrong = Array.prototype.findIndex.call(rows, (row: number) => !(row >= 0 && row < this.count));
    if (wrong >= 0) {
      throw new ArgumentError(`DeviceSet: rows[${wrong}] must be of 0 to ${this.count - 1}, got ${rows[wrong]}`);
    }
    using indices = tensor(Int32Array.from(rows), [rows.length], { device });
    const targets = gather(this.#labels, indices);
    try {
      return { images: this.#gather(indices, augmentation), targets };
    } catch (error) {
      targets.dispose();
      throw error;
    }
  }

  dispose(): void {
    this.#images.dispose();
    this.#labels.dispose();
    this.#pixels.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #gather(indices: Tensor, augmentation: (Augmentation & DrawOptions) | undefined): Tensor {
    const { table } = this.#pixels;
    if (!augmentation) return augmentBatch(this.#images, indices, table, { key: { seed: 0, stream: 0 } });
    const { stream = setStream, ...rest } = augmentation;
    return augmentBatchFromStep(this.#images, indices, table, { ...rest, stream });
  }

  /** A device may refuse memory later than it was asked for; then this read says so. */
  async #check(): Promise<void> {
    const { images, targets } = this.batch(this.count > 0 ? [this.count - 1] : []);
    try {
      await targets.data();
    } finally {
      images.dispose();
      targets.dispose();
    }
  }
}

/** The stream of a set's own augmentation, apart from those of layers and of batch transforms. */
const setStream = 2 ** 31 + 100;

function checkSet({ images, labels, shape }: DeviceImages): void {
  if (shape.length !== 4) {
    throw new ArgumentError(`DeviceSet: images must be [N, H, W, channels], got ${formatShape(shape)}`);
  }
  if (images.length !== sizeOf(shape)) {
    throw new ArgumentError(
      `DeviceSet: expected ${sizeOf(shape)} bytes for ${formatShape(shape)}, got ${images.length}`,
    );
  }
  if (labels.length === shape[0]) return;
  throw new ArgumentError(`DeviceSet: expected ${shape[0]} labels, one for each image, got ${labels.length}`);
}

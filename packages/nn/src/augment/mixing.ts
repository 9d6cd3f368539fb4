/** @file Batches mixed with themselves: mixup and cutmix. */
import { ArgumentError, add, gather, mul, oneHot, reshape, type Tensor, tensor, where } from "@tessera/tensor";
import type { BatchTransform, DeviceBatch } from "./batch-transform.ts";
import { sizesOf } from "./batch-transform.ts";
import { checkShare, type DrawOptions, Draws, stepKey } from "./draws.ts";

/** Options of {@link mixup}. */
export interface MixupOptions extends DrawOptions {
  /** λ is drawn from Beta(α, α). Default: 1. */
  readonly alpha?: number;
  /** Number of classes; needed where targets are class numbers. */
  readonly classes?: number;
}

/**
 * `x = λ x + (1 − λ) x[p]` and the same of the targets, with one λ ~ Beta(α, α) and one random order p for a batch, as
 * the authors' code does it (Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: beyond empirical risk minimization", 2018).
 * Targets become shares of the classes; label smoothing in the loss goes on top. Where ranks share a batch they share λ,
 * and each mixes the images of its own part.
 */
export function mixup(options: MixupOptions): BatchTransform {
  const { alpha = 1, classes } = options;
  checkAlpha("mixup", alpha);
  return (batch) => {
    const { images, targets } = batch;
    const { count } = sizesOf("mixup", images);
    const draws = new Draws(stepKey("mixup", options, batch), 2 * count);
    const share = draws.beta(alpha);
    const order = orderTensor(draws.permutation(count), images);
    return {
      images: mixed(images, order, share),
      targets: mixed(sharesOf("mixup", targets, classes), order, share),
    };
  };
}

/** Options of {@link cutmix}. */
export interface CutmixOptions extends MixupOptions {
  /** Share of the batches that are mixed. Default: 1. */
  readonly probability?: number;
}

/**
 * Puts a box of `x[p]` into x, and mixes the targets by area (Yun et al., "CutMix: regularization strategy to train
 * strong classifiers with localizable features", 2019). As in the authors' code, λ ~ Beta(α, α) and the order p are one a
 * batch; the box has `⌊W √(1 − λ)⌋` by `⌊H √(1 − λ)⌋` pixels around a uniform middle, is clipped at the borders, and λ
 * is then 1 − its area over the image's.
 */
export function cutmix(options: CutmixOptions): BatchTransform {
  const { alpha = 1, classes, probability = 1 } = options;
  checkAlpha("cutmix", alpha);
  checkShare("cutmix: probability", probability);
  return (batch) => {
    const { images, targets } = batch;
    const { count, height, width } = sizesOf("cutmix", images);
    const draws = new Draws(stepKey("cutmix", options, batch), 2 * count);
    const shares = sharesOf("cutmix", targets, classes);
    if (!draws.chance(probability)) return { images, targets: shares };
    const side = Math.sqrt(1 - draws.beta(alpha));
    const [top, bottom] = clippedSpan(draws, side, height);
    const [left, right] = clippedSpan(draws, side, width);
    const order = orderTensor(draws.permutation(count), images);
    const mask = Float32Array.from({ length: height * width }, (_, i) => {
      const [row, column] = [Math.floor(i / width), i % width];
      return row >= top && row < bottom && column >= left && column < right ? 1 : 0;
    });
    const share = 1 - ((bottom - top) * (right - left)) / (height * width);
    const inside = tensor(mask, [1, height, width, 1], { device: images.device });
    return { images: where(inside, gather(images, order), images), targets: mixed(shares, order, share) };
  };
}

/** Where the box begins and ends along an axis of `size` pixels. */
function clippedSpan(draws: Draws, side: number, size: number): [from: number, to: number] {
  const half = Math.floor(Math.floor(size * side) / 2);
  const middle = draws.below(size);
  return [Math.max(0, middle - half), Math.min(size, middle + half)];
}

/** `share · x + (1 − share) · x[order]` */
function mixed(x: Tensor, order: Tensor, share: number): Tensor {
  // In tensors, not in the launch's own numbers: a launch that is the same every step is cached.
  const [own, other] = [share, 1 - share].map((value) => tensor([value], [1], { device: x.device }));
  return add(mul(x, own!), mul(gather(x, order), other!));
}

function orderTensor(order: Int32Array, { device }: Tensor): Tensor {
  return tensor(order, [order.length], { device });
}

/** Targets as shares of the classes, float32 [N, classes]. */
function sharesOf(name: string, targets: DeviceBatch["targets"], classes: number | undefined): Tensor {
  if (targets.dtype === "float32") return targets;
  if (classes === undefined) {
    throw new ArgumentError(`${name}: targets are class numbers, so it must be told how many classes there are`, {
      hints: [`${name}({ classes: 100, … })`],
    });
  }
  return oneHot(reshape(targets, [targets.size]), classes);
}

function checkAlpha(name: string, alpha: number): void {
  if (alpha > 0 && Number.isFinite(alpha)) return;
  throw new ArgumentError(`${name}: alpha must be a finite number greater than 0, got ${alpha}`);
}

/** @file What a set that is read as it is needed reads from. */
import type { Storage } from "../imagenet/record.ts";
import type { ImageSource } from "../workers/image-worker.ts";

/** An image that is not decoded yet. */
export interface ImageItem {
  readonly source: ImageSource;
  /** Number of its class. */
  readonly label: number;
}

/** Which items of a pass come, and in which order. */
export interface ItemOrder {
  readonly shuffle: boolean;
  readonly seed: number;
  /** From 0. */
  readonly epoch: number;
  /** Items to pass over. */
  readonly from: number;
  /** Whether the item at a place of the epoch, counted from 0, is wanted; others are not read. Default: all are. */
  readonly wanted?: ((place: number) => boolean) | undefined;
}

/** Labelled images on disk. */
export interface ImageItems {
  readonly name: string;
  readonly count: number;
  readonly classNames: readonly string[];
  /** Whether the labels are stored one-hot. */
  readonly oneHot: boolean;
  readonly storage: Storage;
  /** What is wanted of the items, in an order that is a pure function of seed and epoch. */
  items(order: ItemOrder): AsyncIterable<ImageItem>;
  close(): Promise<void>;
}

/** @file What the page and its worker say to each other. */
import type { ClassificationMetric, EpochResult } from "@tessera/nn";
import type { DeviceChoice } from "@tessera/tensor";

/** Where images come from. */
export type Source =
  | { readonly kind: "shapes"; readonly count: number }
  | { readonly kind: "file"; readonly file: File }
  | { readonly kind: "served"; readonly name: string; readonly url: string };

/** Which network, and how wide: 1 is the published size. */
export interface Network {
  readonly name: "mini-cnn" | "cnn";
  readonly width: number;
}

/** What decides a training. */
export interface Settings {
  readonly device: DeviceChoice;
  readonly network: Network;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Moves by up to four pixels and mirrors. */
  readonly augment: boolean;
  /** Images to train on, at most: as many of each class. */
  readonly images: number;
}

/** To the worker. */
export type Request =
  | { readonly type: "open"; readonly serial: number; readonly source: Source; readonly images: number }
  | { readonly type: "train"; readonly settings: Settings }
  | { readonly type: "pause" | "resume" | "stop" | "save" }
  | { readonly type: "load"; readonly file: File; readonly device: DeviceChoice }
  | { readonly type: "classify"; readonly pixels: Uint8Array };

/** What is shown of a set. */
export interface SetFacts {
  readonly name: string;
  readonly classNames: readonly string[];
  readonly train: number;
  readonly validation: number;
  /** Height and width of an image. */
  readonly size: readonly [number, number];
  /** The first validation images, RGB one after the other, and their labels. */
  readonly gallery: { readonly images: Uint8Array; readonly labels: Int32Array };
}

/** Steps whose results have arrived, oldest first. */
export interface StepNews {
  readonly losses: readonly number[];
  readonly accuracies: readonly number[];
  readonly epoch: number;
  readonly stepsPerEpoch: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
}

/** What the network takes the gallery's images for. */
export interface Guesses {
  readonly classes: Int32Array;
  readonly probabilities: Float32Array;
}

/** A network measured on the whole validation part. */
export interface Measured {
  readonly loss: number;
  readonly accuracy: number;
  readonly classNames: readonly string[];
  /** Counts by true class (row) and predicted class (column). */
  readonly counts: Float64Array;
}

/** To the page. */
export type News =
  | { readonly type: "progress"; readonly text: string }
  | { readonly type: "set"; readonly serial: number; readonly facts: SetFacts }
  | { readonly type: "device"; readonly description: string; readonly note: string }
  | { readonly type: "steps"; readonly news: StepNews }
  | { readonly type: "paused" }
  | { readonly type: "epoch"; readonly result: EpochResult<ClassificationMetric>; readonly guesses: Guesses }
  | { readonly type: "trained"; readonly stopped: boolean; readonly measured: Measured; readonly guesses: Guesses }
  | { readonly type: "loaded"; readonly name: string; readonly measured: Measured; readonly guesses: Guesses }
  | { readonly type: "weights"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: "classified"; readonly probabilities: Float32Array; readonly classNames: readonly string[] }
  | {
      readonly type: "failed";
      readonly message: string;
      readonly hasNetwork: boolean;
      readonly request: Request["type"];
      readonly serial: number | null;
    };

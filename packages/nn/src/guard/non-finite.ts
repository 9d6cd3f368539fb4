/** @file What went non-finite in a training step, and the error that says so. */
import { type ErrorDetails, TesseraError } from "@tessera/tensor";

/** The first thing in a training step that was NaN or infinite. */
export interface NonFinite {
  /** What it is: `weights` are those after the step, or before it where training had not begun. */
  readonly what: "images" | "output" | "loss" | "penalty" | "gradient" | "weights";
  /** The layer's name, as the names of its weights begin; `""` for the model itself, and where it is no layer's. */
  readonly layer: string;
  /** Of a gradient or of weights: the tensor's name, as in the model's state. */
  readonly tensor?: string;
  /** How many values are not finite. */
  readonly count: number;
}

/** As `the output of conv2d_1`. */
export function describeNonFinite({ what, layer, tensor, count }: NonFinite): string {
  const values = count === 1 ? "is not finite" : `has ${count} values that are not finite`;
  const named = layer === "" ? "the model" : layer;
  switch (what) {
    case "images":
      return `the images, as the model was given them: the batch ${values}`;
    case "output":
      return `${named}: the output ${values}`;
    case "loss":
      return "the loss is not finite, though the output of every layer is";
    case "penalty":
      return "the penalty of the weights is not finite, though the output of every layer is";
    case "gradient":
      return `${named}: the gradient of ${tensor ?? "its output"} ${values}`;
    case "weights":
      return `${named}: ${tensor} ${values}`;
  }
}

/** Where in training a step was. */
export interface StepPlace {
  /** Counted from 1. */
  readonly epoch: number;
  /** Of the epoch, counted from 1. */
  readonly batch: number;
  /** The optimizer's step, counted from 1. */
  readonly iteration: number;
}

/** Training that has gone non-finite. */
export class NonFiniteError extends TesseraError {
  override readonly name: string = "NonFiniteError";
  readonly place: StepPlace;
  /** `null` where the steps, taken again, were finite. */
  readonly found: NonFinite | null;

  constructor(place: StepPlace, found: NonFinite | null, details: ErrorDetails) {
    const { epoch, batch, iteration } = place;
    const what = found
      ? describeNonFinite(found)
      : "a loss or a weight was not finite, and is when the steps are taken again";
    super(`fit: epoch ${epoch}, batch ${batch}, iteration ${iteration}: ${what}`, details);
    this.place = place;
    this.found = found;
  }
}

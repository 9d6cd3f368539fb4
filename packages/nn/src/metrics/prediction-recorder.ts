/** @file What a model predicts while it is evaluated: its classes, and superclasses by summed probabilities. */
import { argmax, keep, matmul, noGradient, type Shape, softmax, type Tensor, tensor } from "@tessera/tensor";
import { Module } from "../module.ts";

/** Options of {@link PredictionRecorder}. */
export interface PredictionRecorderOptions {
  /** The superclass of each class, counted from 0. Default: there are none. */
  readonly superclasses?: ArrayLike<number>;
}

/** What was predicted, in the order of the examples. */
export interface Predictions {
  /** The class with the highest logit. */
  readonly classes: Int32Array;
  /** The superclass with the highest sum of probabilities. */
  readonly superclasses?: Int32Array;
}

/** A model that remembers what it predicted: `evaluate` it, then ask for the predictions. */
export class PredictionRecorder extends Module {
  readonly kind = "PredictionRecorder";
  readonly model: Module;
  readonly #superclasses: Float32Array | null;
  readonly #groups: number;
  readonly #classes: Tensor[] = [];
  readonly #sums: Tensor[] = [];

  constructor(model: Module, { superclasses }: PredictionRecorderOptions = {}) {
    super();
    this.model = model;
    const numbers = superclasses ? Array.from(superclasses) : [];
    this.#groups = numbers.length > 0 ? Math.max(...numbers) + 1 : 0;
    this.#superclasses = superclasses
      ? Float32Array.from({ length: numbers.length * this.#groups }, (_, i) =>
          numbers[Math.floor(i / this.#groups)] === i % this.#groups ? 1 : 0,
        )
      : null;
  }

  forward(x: Tensor): Tensor {
    const logits = this.model.forward(x);
    noGradient(() => {
      this.#classes.push(keep(argmax(logits)));
      const belongs = this.#superclasses;
      if (!belongs) return;
      const shape = [belongs.length / this.#groups, this.#groups];
      this.#sums.push(keep(argmax(matmul(softmax(logits), tensor(belongs, shape, { device: x.device })))));
    });
    return logits;
  }

  outputShape(input: Shape): Shape {
    return this.model.outputShape(input);
  }

  /** Waits for what was predicted since the last call, and forgets it. */
  async take(): Promise<Predictions> {
    const classes = await read(this.#classes.splice(0));
    const superclasses = await read(this.#sums.splice(0));
    return this.#superclasses ? { classes, superclasses } : { classes };
  }
}

async function read(parts: readonly Tensor[]): Promise<Int32Array> {
  try {
    const values = await Promise.all(parts.map((part) => part.data()));
    return Int32Array.from(values.flatMap((part) => [...part]));
  } finally {
    for (const part of parts) part.dispose();
  }
}

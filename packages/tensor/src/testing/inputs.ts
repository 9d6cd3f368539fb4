/** @file Draws the inputs of cases. */
import { philox, type RandomKey, randomBits, uniform } from "../random.ts";
import { type DType, type Shape, sizeOf } from "../shape.ts";
import type { TensorData } from "../tensor.ts";
import type { InputSpec } from "./case.ts";
import type { NdArray } from "./nd-array.ts";

/** Distance that {@link InputSpec.awayFrom} keeps: more than float32 and finite differences need. */
const kinkMargin = 0.05;

const hostArrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array } as const;
const defaultBounds = { float32: [-1, 1], int32: [0, undefined], uint8: [0, 256] } as const;

/** Draws the inputs of a case from streams that its name seeds. float32 inputs hold values that float32 has. */
export function drawInputs(name: string, specs: readonly InputSpec[]): NdArray[] {
  return specs.map((spec, position) => drawInput({ seed: seedOf(name), stream: position }, spec));
}

/** Uniform numbers of [−1, 1) that float32 has: gradients of outputs, and directions. */
export function drawSeeds(name: string, stream: number, shape: Shape): NdArray {
  return { shape, data: Float64Array.from(uniform({ seed: seedOf(name), stream }, sizeOf(shape), -1, 1)) };
}

/** The typed array that holds an oracle's array on the way to a device. */
export function toTensorData(array: NdArray, dtype: DType = "float32"): TensorData {
  return hostArrays[dtype].from(array.data);
}

/** Whether a gradient is asked for. */
export function wantsGradient({ dtype = "float32", gradient = true }: InputSpec): boolean {
  return gradient && dtype === "float32";
}

function drawInput(key: RandomKey, spec: InputSpec): NdArray {
  const { shape, dtype = "float32", awayFrom, distinct = false, multipleOf } = spec;
  const [low, high = Number.NaN] = [spec.low ?? defaultBounds[dtype][0], spec.high ?? defaultBounds[dtype][1]];
  const size = sizeOf(shape);
  const fractions = distinct ? spacedFractions(key, size) : uniform(key, size);
  const draw = (fraction: number): number => {
    const value = low + fraction * (high - low);
    if (dtype !== "float32") return Math.floor(value);
    if (multipleOf !== undefined) return Math.round(value / multipleOf) * multipleOf;
    if (awayFrom === undefined || Math.abs(value - awayFrom) >= kinkMargin) return Math.fround(value);
    return Math.fround(awayFrom + (value < awayFrom ? -kinkMargin : kinkMargin));
  };
  return { shape, data: Float64Array.from(fractions, draw) };
}

/** A shuffled (i + ½) / size; inputs of one case are shifted against each other, so that they do not meet either. */
function spacedFractions(key: RandomKey, size: number): number[] {
  const order = [...randomBits(key, size).entries()].sort(([, a], [, b]) => a - b);
  const fractions = new Array<number>(size);
  const shift = 1 / (3 + key.stream);
  order.forEach(([index], rank) => {
    fractions[index] = (rank + shift) / size;
  });
  return fractions;
}

/** A seed from a name: its characters hashed by Philox, so that a case draws the same wherever it stands in a table. */
function seedOf(name: string): number {
  let hash = 0;
  for (const character of name) hash = philox([hash, 0], [character.codePointAt(0)!, 0, 0, 0])[0];
  return hash;
}

/** @file Float64 oracle of matmul. */
import { type NdArray, ndArray } from "../../testing/nd-array.ts";
import { activationFunction, unaryGradientReference, unaryReference } from "../elementwise/elementwise.reference.ts";

/** Options of the product; `bias` is an operand of its own. */
export interface MatmulReferenceOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly activation?: "none" | "relu" | "elu";
}

/** `y = activation(op(a) op(b) + bias)`. */
export function matmulReference(a: NdArray, b: NdArray, bias?: NdArray, options: MatmulReferenceOptions = {}): NdArray {
  return unaryReference(activationFunction(options.activation ?? "none"), beforeActivation(a, b, bias, options));
}

/** Gradients of a and b, and of the bias if there is one. */
export function matmulGradientReference(
  dy: NdArray,
  a: NdArray,
  b: NdArray,
  bias?: NdArray,
  options: MatmulReferenceOptions = {},
): NdArray[] {
  const { transposeA = false, transposeB = false, activation = "none" } = options;
  const dz = unaryGradientReference(activationFunction(activation), dy, beforeActivation(a, b, bias, options));
  const [left, right] = [oriented(a, transposeA), oriented(b, transposeB)];
  const da = product(dz, oriented(right, true));
  const db = product(oriented(left, true), dz);
  const gradients = [oriented(da, transposeA), oriented(db, transposeB)];
  if (!bias) return gradients;
  const dbias = ndArray(bias.shape);
  dz.data.forEach((value, i) => {
    dbias.data[i % bias.data.length]! += value;
  });
  return [...gradients, dbias];
}

function beforeActivation(a: NdArray, b: NdArray, bias: NdArray | undefined, options: MatmulReferenceOptions): NdArray {
  const { transposeA = false, transposeB = false } = options;
  const { shape, data } = product(oriented(a, transposeA), oriented(b, transposeB));
  return { shape, data: data.map((value, i) => value + (bias?.data[i % bias.data.length] ?? 0)) };
}

function product(a: NdArray, b: NdArray): NdArray {
  const [rows, inner] = a.shape as [number, number];
  const columns = b.shape[1]!;
  return ndArray([rows, columns], (i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += a.data[row * inner + k]! * b.data[k * columns + column]!;
    return sum;
  });
}

function oriented(matrix: NdArray, transposed: boolean): NdArray {
  if (!transposed) return matrix;
  const [rows, columns] = matrix.shape as [number, number];
  return ndArray([columns, rows], (i) => matrix.data[(i % rows) * columns + Math.floor(i / rows)]!);
}

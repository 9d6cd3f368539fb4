/** @file Float64 oracle of matmul. */
import { broadcastShapes } from "../../shape.ts";
import { broadcastIndex, coordinatesOf, type NdArray, ndArray, sumToShape } from "../../testing/nd-array.ts";
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
  const da = sumToShape(product(dz, oriented(right, true)), left.shape);
  const db = sumToShape(product(oriented(left, true), dz), right.shape);
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

/** Matrices in the last two axes; those before them are broadcast. */
function product(a: NdArray, b: NdArray): NdArray {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const columns = b.shape.at(-1)!;
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const shape = [...broadcastShapes("product", [batchA, batchB]), rows, columns];
  return ndArray(shape, (i) => {
    const coordinates = coordinatesOf(i, shape);
    const [row, column] = coordinates.slice(-2) as [number, number];
    const batch = coordinates.slice(0, -2);
    const startA = (broadcastIndex(batch, batchA) * rows + row) * inner;
    const startB = broadcastIndex(batch, batchB) * inner * columns + column;
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += a.data[startA + k]! * b.data[startB + k * columns]!;
    return sum;
  });
}

function oriented(matrices: NdArray, transposed: boolean): NdArray {
  if (!transposed) return matrices;
  const [rows, columns] = matrices.shape.slice(-2) as [number, number];
  return ndArray([...matrices.shape.slice(0, -2), columns, rows], (i) => {
    const place = i % (rows * columns);
    return matrices.data[i - place + (place % rows) * columns + Math.floor(place / rows)]!;
  });
}

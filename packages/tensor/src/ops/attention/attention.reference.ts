/** @file Float64 oracle of scaled dot-product attention. */
import { mapArray, mapPairs, type NdArray, sumToShape } from "../../testing/nd-array.ts";
import { matmulGradientReference, matmulReference } from "../matmul/matmul.reference.ts";
import { softmaxGradientReference, softmaxReference } from "../softmax/softmax.reference.ts";

export interface AttentionReferenceOptions {
  readonly causal?: boolean;
  readonly scale?: number;
}

interface Operands {
  readonly query: NdArray;
  readonly key: NdArray;
  readonly value: NdArray;
  readonly mask?: NdArray | undefined;
}

const transposed = { transposeB: true };

/** `softmax(scale · query keyᵀ + mask) value`. */
export function attentionReference(operands: Operands, options: AttentionReferenceOptions): NdArray {
  const scores = scoresOf(operands, options);
  return matmulReference(softmaxReference(scores, rowsOf(scores, options)), operands.value);
}

/** Gradients of query, key and value, and of the mask if there is one. */
export function attentionGradientReference(
  dy: NdArray,
  operands: Operands,
  options: AttentionReferenceOptions,
): NdArray[] {
  const { query, key, value, mask } = operands;
  const scores = scoresOf(operands, options);
  const weights = softmaxReference(scores, rowsOf(scores, options));
  const [dweights, dvalue] = matmulGradientReference(dy, weights, value) as [NdArray, NdArray];
  const dscores = softmaxGradientReference(dweights, scores, rowsOf(scores, options));
  const dproducts = mapArray(dscores, (g) => g * scaleOf(query, options));
  const gradients = matmulGradientReference(dproducts, query, key, undefined, transposed);
  return [...gradients, dvalue, ...(mask ? [sumToShape(dscores, mask.shape)] : [])];
}

function scoresOf({ query, key, mask }: Operands, options: AttentionReferenceOptions): NdArray {
  const products = matmulReference(query, key, undefined, transposed);
  const scores = mapArray(products, (product) => product * scaleOf(query, options));
  return mask ? mapPairs(scores, mask, (score, added) => score + added) : scores;
}

function scaleOf({ shape }: NdArray, { scale = 1 / Math.sqrt(shape.at(-1)!) }: AttentionReferenceOptions): number {
  return scale;
}

function rowsOf({ shape }: NdArray, { causal = false }: AttentionReferenceOptions) {
  return { axis: shape.length - 1, causal };
}

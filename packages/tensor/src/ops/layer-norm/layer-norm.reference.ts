/** @file Float64 oracle of layer normalisation over the axes that scale has. */
import { mapArray, type NdArray, ndArray } from "../../testing/nd-array.ts";

/** `(x − mean) / √(variance + ε) · scale + offset`, statistics of every row of its own. */
export function layerNormReference(x: NdArray, scale: NdArray, offset: NdArray, epsilon: number): NdArray {
  const size = scale.data.length;
  const { normalized } = normalize(x, size, epsilon);
  return mapArray(normalized, (value, i) => value * scale.data[i % size]! + offset.data[i % size]!);
}

/** Gradients of x, scale and offset. */
export function layerNormGradientReference(
  dy: NdArray,
  x: NdArray,
  scale: NdArray,
  epsilon: number,
): [dx: NdArray, dscale: NdArray, doffset: NdArray] {
  const size = scale.data.length;
  const { normalized, deviations } = normalize(x, size, epsilon);
  const [dscale, doffset] = [ndArray(scale.shape), ndArray(scale.shape)];
  dy.data.forEach((value, i) => {
    dscale.data[i % size]! += value * normalized.data[i]!;
    doffset.data[i % size]! += value;
  });
  const g = mapArray(dy, (value, i) => value * scale.data[i % size]!);
  const means = rowMeans(g.data, size);
  const slopes = rowMeans(
    g.data.map((value, i) => value * normalized.data[i]!),
    size,
  );
  const dx = mapArray(g, (value, i) => {
    const row = Math.floor(i / size);
    return (value - means[row]! - normalized.data[i]! * slopes[row]!) / deviations[row]!;
  });
  return [dx, dscale, doffset];
}

function normalize(x: NdArray, size: number, epsilon: number): { normalized: NdArray; deviations: Float64Array } {
  const means = rowMeans(x.data, size);
  const centred = mapArray(x, (value, i) => value - means[Math.floor(i / size)]!);
  const variances = rowMeans(
    centred.data.map((value) => value * value),
    size,
  );
  const deviations = variances.map((variance) => Math.sqrt(variance + epsilon));
  return { normalized: mapArray(centred, (value, i) => value / deviations[Math.floor(i / size)]!), deviations };
}

function rowMeans(values: Float64Array, size: number): Float64Array {
  return Float64Array.from({ length: values.length / size }, (_, row) =>
    values.subarray(row * size, (row + 1) * size).reduce((sum, value) => sum + value / size, 0),
  );
}

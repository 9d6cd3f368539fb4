/** @file Compares oracles with PyTorch's results, for tests. scripts/goldens/ops.py says how inputs are drawn. */
import { uniform } from "../random.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { checkClose } from "../testing/compare.ts";
import { type NdArray, ndArray } from "../testing/nd-array.ts";

/** Output and gradients as PyTorch has them. */
export interface Golden {
  readonly shapes: readonly Shape[];
  readonly ranges: readonly (readonly [number, number])[];
  readonly output: readonly number[];
  readonly gradients: readonly (readonly number[])[];
}

/** An op and its gradients in float64. */
export type Oracle = (inputs: readonly NdArray[], dy: NdArray) => { output: NdArray; gradients: readonly NdArray[] };

/** Both sides compute in float64; sums come in different orders. */
export const tolerance = 1e-12;

/** Checks an oracle's output and gradients against a golden. */
export function checkGolden(name: string, golden: Golden, oracle: Oracle): void {
  const inputs = golden.shapes.map((shape, i) => drawn(shape, { seed: 5, stream: i }, ...golden.ranges[i]!));
  const shape = oracle(inputs, ndArray([golden.output.length])).output.shape;
  const { output, gradients } = oracle(inputs, drawn(shape, { seed: 6, stream: 0 }));
  checkClose(output.data, listed(golden.output), { what: `${name}: output`, tolerance });
  golden.gradients.forEach((gradient, i) => {
    checkClose(gradients[i]!.data, listed(gradient), { what: `${name}: gradient ${i}`, tolerance });
  });
}

/** Uniform numbers, as the golden's program drew them. */
export function drawn(shape: Shape, key: { seed: number; stream: number }, low = -1, high = 1): NdArray {
  return { shape, data: Float64Array.from(uniform(key, sizeOf(shape), low, high)) };
}

/** A golden's values, in a row. */
export function listed(values: readonly number[]): NdArray {
  return { shape: [values.length], data: Float64Array.from(values) };
}

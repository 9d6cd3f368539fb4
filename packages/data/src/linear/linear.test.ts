import { describe, expect, it } from "vitest";
import { generator } from "../pipeline/permutation.ts";
import { Gram } from "./gram.ts";
import { Product } from "./product.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

/** Numbers from −1 to 1. */
function noise(length: number, seed = 0): Float64Array {
  const random = generator("shuffle", seed, 1);
  return Float64Array.from({ length }, () => random.next() / 2 ** 31);
}

function symmetric(n: number): Float64Array {
  const values = noise(n * n, n);
  return Float64Array.from(values, (_, i) => values[i]! + values[(i % n) * n + Math.floor(i / n)]!);
}

const at = (matrix: ArrayLike<number>, n: number) => (row: number, column: number) => matrix[row * n + column]!;

describe("symmetricEigen", () => {
  it.each([1, 2, 3, 5, 8, 33, 64])("takes a random matrix of %i apart", async (n) => {
    const matrix = symmetric(n);
    const { values, vectors } = await symmetricEigen(matrix, n);
    const v = at(vectors, n);
    // Backward stability: residuals of a small multiple of n · 2⁻⁵³ times the norm, which is at most 2n here.
    const tolerance = 8 * n * n * 2 ** -53 + 1e-15;
    for (let i = 0; i < n; i++) {
      for (let row = 0; row < n; row++) {
        let product = 0;
        for (let k = 0; k < n; k++) product += matrix[row * n + k]! * v(i, k);
        expect(Math.abs(product - values[i]! * v(i, row))).toBeLessThan(tolerance);
        let dot = 0;
        for (let k = 0; k < n; k++) dot += v(i, k) * v(row, k);
        expect(Math.abs(dot - (i === row ? 1 : 0))).toBeLessThan(tolerance);
      }
    }
    expect([...values]).toEqual([...values].sort((x, y) => x - y));
  });

  it("takes matrices that come apart, and multiple eigenvalues", async () => {
    for (const matrix of [
      [0, 0, 0, 0, 0, 0, 0, 0, 0],
      [2, 0, 0, 0, 2, 0, 0, 0, 1],
      [1, 1, 1, 1, 1, 1, 1, 1, 1],
      [4, 0, 1, 0, 7, 0, 1, 0, 4],
    ]) {
      const { values } = await symmetricEigen(Float64Array.from(matrix), 3);
      const trace = matrix[0]! + matrix[4]! + matrix[8]!;
      const squares = matrix.reduce((sum, x) => sum + x * x, 0);
      expect(values.reduce((sum, x) => sum + x, 0)).toBeCloseTo(trace, 12);
      expect(values.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(squares, 12);
    }
  });

  it("has the known eigenvalues of a second difference", async () => {
    const n = 20;
    const matrix = Float64Array.from({ length: n * n }, (_, i) => {
      const gap = Math.abs(Math.floor(i / n) - (i % n));
      return gap === 0 ? 2 : gap === 1 ? -1 : 0;
    });
    const { values } = await symmetricEigen(matrix, n);
    for (const [i, value] of values.entries()) {
      expect(value).toBeCloseTo(2 - 2 * Math.cos(((i + 1) * Math.PI) / (n + 1)), 12);
    }
  });

  it("ends with an error on what is no number, and with the reason of a signal", async () => {
    await expect(symmetricEigen(new Float64Array(9).fill(Number.NaN), 3)).rejects.toThrow("did not converge");
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(symmetricEigen(symmetric(300), 300, { signal })).rejects.toThrow("enough");
  });
});

describe("Gram", () => {
  it.each([
    [1, 1],
    [7, 3],
    [128, 12],
    [300, 13],
  ])("sums %i rows of %i columns", async (rows, columns) => {
    const x = noise(rows * columns);
    const gram = await Gram.of(columns);
    for (let start = 0; start < rows; start += Gram.blockRows) {
      const count = Math.min(Gram.blockRows, rows - start);
      gram.add(x.subarray(start * columns, (start + count) * columns), count);
    }
    const result = at(gram.result(), columns);
    for (let i = 0; i < columns; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let row = 0; row < rows; row++) sum += x[row * columns + i]! * x[row * columns + j]!;
        // rows terms of at most 1, each rounded at most rows times.
        expect(Math.abs(result(i, j) - sum)).toBeLessThanOrEqual(2 * rows * rows * 2 ** -53);
      }
    }
  });
});

describe("Product", () => {
  it.each([
    [1, 1],
    [3, 8],
    [6, 13],
    [5, 600],
  ])("multiplies %i rows by a matrix of %i", async (rows, n) => {
    const x = Float32Array.from(noise(rows * n));
    const matrix = Float32Array.from(noise(n * n, 1));
    const out = new Float32Array(rows * n);
    (await Product.of(matrix, n)).apply(x, rows, out);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < n; column++) {
        let sum = 0;
        let size = 0;
        for (let k = 0; k < n; k++) {
          const term = x[row * n + k]! * matrix[k * n + column]!;
          sum += term;
          size += Math.abs(term);
        }
        // Runs of 512 terms in float32: each term is rounded at most 513 + n / 512 times.
        expect(Math.abs(out[row * n + column]! - sum)).toBeLessThanOrEqual((Math.min(n, 512) + 3) * 2 ** -24 * size);
      }
    }
  });
});

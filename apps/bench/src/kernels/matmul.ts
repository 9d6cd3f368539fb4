/** @file Products of matrices. */
import { matmul, type TensorData, tensor } from "@tessera/tensor";
import { disposer, fill, type Kernel } from "./kernel.ts";
import { firstWrong, Terms } from "./oracle.ts";

/** [rows, inner] · [inner, columns]. */
export function matmulKernel(origin: string, rows: number, inner: number, columns: number): Kernel {
  return {
    name: "matmul",
    origin,
    shape: [rows, inner, columns],
    flops: 2 * rows * inner * columns,
    bytes: 4 * (rows * inner + inner * columns + rows * columns),
    prepare: () => {
      const [left, right] = [fill(rows * inner, 4), fill(inner * columns, 5)];
      const [a, b] = [tensor(left, [rows, inner]), tensor(right, [inner, columns])];
      const check = ([found]: readonly TensorData[]) =>
        firstWrong("product", found!, rows * columns, inner, (index) => {
          const [row, column] = [Math.floor(index / columns), index % columns];
          const terms = new Terms();
          for (let i = 0; i < inner; i++) terms.add(left[row * inner + i]! * right[i * columns + column]!);
          return terms.sum;
        });
      return { launch: () => [matmul(a, b)], check, dispose: disposer(a, b) };
    },
  };
}

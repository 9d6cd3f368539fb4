/** @file What of a step is neither a product nor a normalisation: ReLU's gradient, dropout, and gradients of biases. */
import { dropout, noGradient, randomBits, relu, sum, type Tensor, type TensorData, tensor } from "@tessera/tensor";
import { disposer, fill, type Kernel } from "./kernel.ts";
import { firstWrong, Terms } from "./oracle.ts";

/** dz = dy where y > 0, else 0. */
export function reluGradientKernel(origin: string, shape: readonly number[]): Kernel {
  const count = sizeOf(shape);
  return {
    ...{ name: "relu/gradient", origin, shape, flops: 0, bytes: 12 * count },
    prepare: () => {
      const [xs, dys] = [fill(count, 18), fill(count, 19)];
      const [x, dy] = [tensor(xs, shape), tensor(dys, shape)];
      x.requiresGradient = true;
      const y = relu(x);
      const { backward } = y.node!;
      return {
        launch: () => noGradient(() => backward([dy])).filter((each): each is Tensor => each !== null),
        check: ([dx]: readonly TensorData[]) =>
          firstWrong("dx", dx!, count, 1, (i) => ({ value: xs[i]! > 0 ? dys[i]! : 0, magnitude: 0, terms: 0 })),
        dispose: disposer(x, y, dy),
      };
    },
  };
}

/** Dropout; its gradient is the same work. */
export function dropoutKernel(origin: string, shape: readonly number[], rate: number): Kernel {
  const count = sizeOf(shape);
  const key = { seed: 5, stream: 6 };
  return {
    ...{ name: "dropout/forward", origin, shape, flops: 0, bytes: 8 * count },
    prepare: () => {
      const xs = fill(count, 20);
      const x = tensor(xs, shape);
      const bits = randomBits(key, count);
      const [least, scale] = [Math.floor(rate * 2 ** 32), Math.fround(1 / (1 - rate))];
      return {
        launch: () => [dropout(x, { rate, key })],
        check: ([y]: readonly TensorData[]) =>
          firstWrong("y", y!, count, 1, (i) => {
            return { value: bits[i]! >= least ? Math.fround(xs[i]! * scale) : 0, magnitude: 0, terms: 0 };
          }),
        dispose: disposer(x),
      };
    },
  };
}

/** dbias: the sum over all axes but the last. */
export function biasGradientKernel(origin: string, shape: readonly number[]): Kernel {
  const [count, filters] = [sizeOf(shape), shape.at(-1)!];
  return {
    ...{ name: "bias/dbias", origin, shape, flops: 0, bytes: 4 * count },
    prepare: () => {
      const dys = fill(count, 21);
      const dy = tensor(dys, shape);
      const axes = shape.slice(0, -1).map((_, axis) => axis);
      return {
        launch: () => [sum(dy, { axes })],
        check: ([db]: readonly TensorData[]) =>
          firstWrong("dbias", db!, filters, count / filters, (k) => {
            const terms = new Terms();
            for (let i = k; i < count; i += filters) terms.add(dys[i]!);
            return terms.sum;
          }),
        dispose: disposer(dy),
      };
    },
  };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** @file Softmax cross-entropy: the loss, and the gradient of the logits. */
import { crossEntropy, gradients, scope, type TensorData, tensor } from "@tessera/tensor";
import { disposer, fill, type Kernel } from "./kernel.ts";
import { firstWrong } from "./oracle.ts";

/** The mean over [batch, classes] with one class number a row, and its gradient. */
export function crossEntropyKernel(batch: number, classes: number): Kernel {
  return {
    name: "crossEntropy/forward and gradient",
    origin: "all",
    shape: [batch, classes],
    flops: 0,
    bytes: 12 * batch * classes,
    prepare: () => {
      const values = fill(batch * classes, 12).map((value) => 4 * value);
      const classOf = (row: number) => (row * 37) % classes;
      const logits = tensor(values, [batch, classes]);
      const labels = tensor(Int32Array.from({ length: batch }, (_, row) => classOf(row)));
      logits.requiresGradient = true;
      const launch = () =>
        scope(() => {
          const loss = crossEntropy(logits, labels);
          return [loss, gradients(loss, [logits])[0]!];
        });
      const sums = Array.from({ length: batch }, (_, row) =>
        values.subarray(row * classes, (row + 1) * classes).reduce((sum, value) => sum + Math.exp(value), 0),
      );
      const losses = sums.map((sum, row) => Math.log(sum) - values[row * classes + classOf(row)]!);
      const mean = losses.reduce((sum, loss) => sum + loss, 0) / batch;
      // Logits of up to 4 cancel in every loss.
      const loss = { value: mean, magnitude: mean + 4, terms: batch + classes };
      const check = ([found, gradient]: readonly TensorData[]) =>
        firstWrong("loss", found!, 1, 1, () => loss) ??
        firstWrong("dlogits", gradient!, batch * classes, 1, (i) => {
          const row = Math.floor(i / classes);
          const probability = Math.exp(values[i]!) / sums[row]!;
          const one = i % classes === classOf(row) ? 1 : 0;
          return { value: (probability - one) / batch, magnitude: (probability + one) / batch, terms: classes };
        });
      return { launch, check, dispose: disposer(logits, labels) };
    },
  };
}

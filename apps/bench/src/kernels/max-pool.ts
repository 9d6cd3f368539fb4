/** @file 2×2 max-pooling, and its gradient. */
import { maxPool, noGradient, type Tensor, type TensorData, tensor } from "@tessera/tensor";
import { disposer, fill, type Kernel, type PreparedKernel } from "./kernel.ts";
import { firstWrong } from "./oracle.ts";

/** Forward and gradient over [batch, size, size, channels], windows of 2×2 with stride 2; `size` is even. */
export function maxPoolKernels(origin: string, batch: number, size: number, channels: number): Kernel[] {
  const count = batch * size * size * channels;
  const base = { origin, shape: [batch, size, size, channels], flops: 0 };
  return [
    { ...base, name: "maxPool/forward", bytes: 5 * count, prepare: () => prepare(batch, size, channels, false) },
    // It reads dy and where the maxima were, a byte each at least.
    { ...base, name: "maxPool/gradient", bytes: 5.25 * count, prepare: () => prepare(batch, size, channels, true) },
  ];
}

function prepare(batch: number, size: number, channels: number, gradient: boolean): PreparedKernel {
  const half = size / 2;
  const xs = fill(batch * size * size * channels, 10);
  const dys = fill(batch * half * half * channels, 11);
  const x = tensor(xs, [batch, size, size, channels]);
  const indices = windowIndices(size, channels);
  const maximum = (window: number) => indices(window).reduce((best, i) => (xs[i]! > xs[best]! ? i : best));
  const exact = (value: number) => ({ value, magnitude: 0, terms: 0 });
  if (!gradient) {
    const check = ([y]: readonly TensorData[]) =>
      firstWrong("y", y!, dys.length, 4, (window) => exact(xs[maximum(window)]!));
    return { launch: () => [maxPool(x, { window: 2 })], check, dispose: disposer(x) };
  }
  x.requiresGradient = true;
  const y = maxPool(x, { window: 2 });
  const dy = tensor(dys, [batch, half, half, channels]);
  const { backward } = y.node!;
  const launch = () => noGradient(() => backward([dy])).filter((each): each is Tensor => each !== null);
  const check = ([dx]: readonly TensorData[]) => {
    const expected = new Float32Array(xs.length);
    for (let window = 0; window < dys.length; window++) expected[maximum(window)] = dys[window]!;
    return firstWrong("dx", dx!, xs.length, 4, (i) => exact(expected[i]!));
  };
  return { launch, check, dispose: disposer(x, y, dy) };
}

/** The indices of a window's pixels in row-major order. */
function windowIndices(size: number, channels: number): (window: number) => number[] {
  const half = size / 2;
  return (window) => {
    const [pixel, channel] = [Math.floor(window / channels), window % channels];
    const [row, column] = [Math.floor(pixel / half) * 2, (pixel % half) * 2];
    const first = (row * size + column) * channels + channel;
    return [first, first + channels, first + size * channels, first + (size + 1) * channels];
  };
}

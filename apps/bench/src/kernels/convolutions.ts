/** @file The three convolutions of a training step: forward, input gradient and filter gradient. */
import { conv2d, noGradient, type Tensor, type TensorData, tensor } from "@tessera/tensor";
import { disposer, fill, type Kernel, type PreparedKernel } from "./kernel.ts";
import { type Expected, firstWrong, Terms } from "./oracle.ts";

/** A convolution of square images with square filters. */
export interface Convolution {
  readonly network: string;
  readonly batch: number;
  /** Height and width of the images. */
  readonly size: number;
  readonly channels: number;
  readonly filters: number;
  /** Height and width of the filters. */
  readonly kernel: number;
  /** Default: 1. */
  readonly stride?: number;
  /** Default: `"same"`. */
  readonly padding?: "same" | "valid";
}

/** A convolution with what follows from it. */
interface Geometry extends Required<Convolution> {
  readonly out: number;
  /** Rows of zeros above, and columns at the left. */
  readonly before: number;
}

function geometryOf(convolution: Convolution): Geometry {
  const { size, kernel, stride = 1, padding = "same" } = convolution;
  const out = padding === "same" ? Math.ceil(size / stride) : Math.floor((size - kernel) / stride) + 1;
  const before = padding === "same" ? Math.max(0, (out - 1) * stride + kernel - size) >> 1 : 0;
  return { ...convolution, stride, padding, out, before };
}

const parts = ["forward", "dX", "dW"] as const;

type Part = (typeof parts)[number];

/** The three, or two where nobody asks for a gradient of the images themselves. */
export function convolutionKernels(convolution: Convolution): Kernel[] {
  const geometry = geometryOf(convolution);
  const { network, batch, size, channels, filters, kernel, out } = geometry;
  const [x, filter, y] = [batch * size ** 2 * channels, kernel ** 2 * channels * filters, batch * out ** 2 * filters];
  return parts
    .filter((part) => part !== "dX" || channels > 3)
    .map((part) => ({
      name: `conv2d/${part}`,
      origin: network,
      shape: [batch, size, size, channels, kernel, kernel, filters],
      flops: 2 * y * kernel ** 2 * channels,
      bytes: 4 * (x + filter + y),
      prepare: () => prepare(part, geometry, fill(x, 1), fill(filter, 2), fill(y, 3)),
    }));
}

function prepare(
  part: Part,
  geometry: Geometry,
  xs: Float32Array,
  filters: Float32Array,
  dys: Float32Array,
): PreparedKernel {
  const { batch, size, channels, kernel, out, stride, padding } = geometry;
  const x = tensor(xs, [batch, size, size, channels]);
  const filter = tensor(filters, [kernel, kernel, channels, geometry.filters]);
  const check = ([found]: readonly TensorData[]) =>
    ({
      forward: () => checkForward(geometry, xs, filters, found!),
      dX: () => checkInputGradient(geometry, filters, dys, found!),
      dW: () => checkFilterGradient(geometry, xs, dys, found!),
    })[part]();
  if (part === "forward") {
    return { launch: () => [conv2d(x, filter, { stride, padding })], check, dispose: disposer(x, filter) };
  }
  // The tape holds each gradient by itself, where only one operand asks for it.
  (part === "dX" ? x : filter).requiresGradient = true;
  const y = conv2d(x, filter, { stride, padding });
  const dy = tensor(dys, [batch, out, out, geometry.filters]);
  const { backward } = y.node!;
  const launch = () => noGradient(() => backward([dy])).filter((gradient): gradient is Tensor => gradient !== null);
  return { launch, check, dispose: disposer(x, filter, y, dy) };
}

/** y[n, i, j, k] = Σ x[n, i·stride + r − before, j·stride + s − before, c] · filter[r, s, c, k]. */
function checkForward(geometry: Geometry, x: Float32Array, filter: Float32Array, found: TensorData): string | null {
  const { batch, size, channels, filters, kernel, stride, out, before } = geometry;
  return firstWrong("y", found, batch * out ** 2 * filters, kernel ** 2 * channels, (index): Expected => {
    const [n, i, j, k] = split(index, out, filters);
    const terms = new Terms();
    for (let r = 0; r < kernel; r++) {
      for (let s = 0; s < kernel; s++) {
        const [row, column] = [i * stride + r - before, j * stride + s - before];
        if (row < 0 || row >= size || column < 0 || column >= size) continue;
        const [pixel, tap] = [((n * size + row) * size + column) * channels, (r * kernel + s) * channels];
        for (let c = 0; c < channels; c++) terms.add(x[pixel + c]! * filter[(tap + c) * filters + k]!);
      }
    }
    return terms.sum;
  });
}

/** dx[n, h, w, c] sums over the pixels of y that it took part in. */
function checkInputGradient(geometry: Geometry, filter: Float32Array, dy: Float32Array, found: TensorData) {
  const { batch, size, channels, filters, kernel, stride, out, before } = geometry;
  return firstWrong("dx", found, batch * size ** 2 * channels, kernel ** 2 * filters, (index): Expected => {
    const [n, h, w, c] = split(index, size, channels);
    const terms = new Terms();
    for (let r = 0; r < kernel; r++) {
      for (let s = 0; s < kernel; s++) {
        const [i, j] = [(h + before - r) / stride, (w + before - s) / stride];
        if (!(i >= 0 && i < out && j >= 0 && j < out && i % 1 === 0 && j % 1 === 0)) continue;
        const [pixel, tap] = [((n * out + i) * out + j) * filters, ((r * kernel + s) * channels + c) * filters];
        for (let k = 0; k < filters; k++) terms.add(dy[pixel + k]! * filter[tap + k]!);
      }
    }
    return terms.sum;
  });
}

/** dfilter[r, s, c, k] sums over the pixels of all images. */
function checkFilterGradient(geometry: Geometry, x: Float32Array, dy: Float32Array, found: TensorData) {
  const { batch, size, channels, filters, kernel, stride, out, before } = geometry;
  return firstWrong("dfilter", found, kernel ** 2 * channels * filters, batch * out ** 2, (index): Expected => {
    const [r, s, c, k] = split(index, kernel, filters, channels);
    const terms = new Terms();
    for (let n = 0; n < batch; n++) {
      for (let i = 0; i < out; i++) {
        const row = i * stride + r - before;
        if (row < 0 || row >= size) continue;
        for (let j = 0; j < out; j++) {
          const column = j * stride + s - before;
          if (column < 0 || column >= size) continue;
          terms.add(
            x[((n * size + row) * size + column) * channels + c]! * dy[((n * out + i) * out + j) * filters + k]!,
          );
        }
      }
    }
    return terms.sum;
  });
}

/** The four coordinates of an index into [?, second, third, fourth]. */
function split(index: number, second: number, fourth: number, third = second): [number, number, number, number] {
  const [pixel, last] = [Math.floor(index / fourth), index % fourth];
  const row = Math.floor(pixel / third);
  return [Math.floor(row / second), row % second, pixel % third, last];
}

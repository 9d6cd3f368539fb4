/** @file How fast a device multiplies matrices. */
import { type Device, matmul, type Tensor, tensor, uniform } from "@tessera/tensor";

/** A reading of a device's speed. */
export interface Speed {
  /** 10⁹ multiplications and additions a second: 2·n³ in a product of [n, n] matrices. Median of the rounds. */
  readonly gflops: number;
  /** n. */
  readonly size: number;
}

const sizes = [256, 512, 1024, 2048] as const;

/** A product shorter than this says more about its launch than about the device. */
const shortest = 0.02;

/** Seconds in a round: long beside the wait for its end. */
const roundSeconds = 0.1;

/**
 * Multiplies square float32 matrices for about `seconds`, and checks the product.
 *
 * @param onRound told how many seconds have gone by, and the speed of the last round
 * @throws Error if the product is wrong; whatever the device raises
 */
export async function measureMatmul(
  device: Device,
  seconds: number,
  onRound: (elapsed: number, gflops: number) => void = () => {},
): Promise<Speed> {
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const { pair, once } = await fittingPair(device);
  const launches = Math.max(1, Math.ceil(roundSeconds / once));
  const rounds: number[] = [];
  do {
    const gflops = (2 * pair.size ** 3 * launches) / (await time(device, pair, launches)) / 1e9;
    rounds.push(gflops);
    onRound(elapsed(), gflops);
  } while (elapsed() < seconds);
  await checkProduct(pair);
  rounds.sort((a, b) => a - b);
  return { gflops: rounds[rounds.length >> 1]!, size: pair.size };
}

interface Pair {
  readonly size: number;
  readonly values: readonly [Float32Array, Float32Array];
  readonly a: Tensor;
  readonly b: Tensor;
}

/** Matrices as small as they may be, and the seconds that their product takes. All kernels are warm afterwards. */
async function fittingPair(device: Device): Promise<{ pair: Pair; once: number }> {
  for (const size of sizes) {
    const pair = makePair(device, size);
    await time(device, pair, 1); // compiles
    const once = await time(device, pair, 1);
    if (once >= shortest || size === sizes.at(-1)) return { pair, once };
    pair.a.dispose();
    pair.b.dispose();
  }
  throw new Error("no sizes to measure");
}

function makePair(device: Device, size: number): Pair {
  const values = [fill(size * size, 0), fill(size * size, 1)] as const;
  const [a, b] = values.map((matrix) => tensor(matrix, [size, size], { device })) as [Tensor, Tensor];
  return { size, values, a, b };
}

/** Random numbers of −1 … 1 that repeat after a prime number of them, so that no two rows are alike: drawing takes time. */
function fill(count: number, stream: number): Float32Array {
  const drawn = uniform({ seed: 0, stream }, Math.min(count, 65_521), -1, 1);
  return Float32Array.from({ length: count }, (_, i) => drawn[i % drawn.length]!);
}

/** Seconds from the first launch to the last one's end. */
async function time(device: Device, { a, b }: Pair, launches: number): Promise<number> {
  const probe = tensor([0], [1], { device });
  await probe.data(); // uploads are done
  const start = performance.now();
  for (let i = 0; i < launches; i++) matmul(a, b).dispose();
  await probe.data(); // a read waits for everything queued before it
  const seconds = (performance.now() - start) / 1000;
  probe.dispose();
  return seconds;
}

/** Compares entries spread over the product with float64; float32 sums of n terms are off by at most n·2⁻²³·Σ|aᵢbᵢ|. */
async function checkProduct({ size, values: [left, right], a, b }: Pair): Promise<void> {
  const product = matmul(a, b);
  const computed = await product.data();
  product.dispose();
  for (let entry = 0; entry < size * size; entry += 997) {
    const [row, column] = [Math.floor(entry / size), entry % size];
    let [sum, magnitude] = [0, 0];
    for (let i = 0; i < size; i++) {
      const term = left[row * size + i]! * right[i * size + column]!;
      sum += term;
      magnitude += Math.abs(term);
    }
    if (!(Math.abs(computed[entry]! - sum) <= size * 2 ** -23 * magnitude)) {
      throw new Error(`a product came out wrong: expected ${sum} at [${row}, ${column}], got ${computed[entry]}`);
    }
  }
}

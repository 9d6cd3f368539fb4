/** @file A kernel as the bench sees it: something to launch, and a way to tell whether its result is right. */
import { type Tensor, type TensorData, uniform } from "@tessera/tensor";

/** A kernel at one shape. */
export interface Kernel {
  /** Such as `conv2d/forward`. */
  readonly name: string;
  /** Where the shape is from: a network's name, or `square`. */
  readonly origin: string;
  /** The sizes that a reader needs to know it by. */
  readonly shape: readonly number[];
  /** Multiplications and additions that the definition takes; 0 where bytes are what it costs. */
  readonly flops: number;
  /** Each operand read once, each result written once. */
  readonly bytes: number;
  /** Uploads operands to the default device. */
  readonly prepare: () => PreparedKernel;
}

/** A kernel with its operands on the device. */
export interface PreparedKernel {
  /** Queues it once. What it returns is the caller's; for an update in place, nothing. */
  readonly launch: () => readonly Tensor[];
  /** Puts operands that launches change back to where they were. */
  readonly reset?: () => void;
  /** What holds the results of an update in place. */
  readonly targets?: readonly Tensor[];
  /** Compares the values of the results with float64: what is wrong, or `null`. */
  readonly check: (results: readonly TensorData[]) => string | null;
  readonly dispose: () => void;
}

/** Numbers of −1 … 1 that repeat after a prime number of them, so that no two rows are alike: drawing takes time. */
export function fill(count: number, stream: number): Float32Array {
  const drawn = uniform({ seed: 0, stream }, Math.min(count, 65_521), -1, 1);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += drawn.length) values.set(drawn.subarray(0, Math.min(drawn.length, count - i)), i);
  return values;
}

/** Disposes of what `prepare` uploaded. */
export function disposer(...tensors: readonly Tensor[]): () => void {
  return () => {
    for (const each of tensors) each.dispose();
  };
}

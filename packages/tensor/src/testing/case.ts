/** @file What a test case of an op is: inputs, a call, and an oracle. */
import type { DType, Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { NdArray } from "./nd-array.ts";
import type { Tolerance } from "./tolerance.ts";

/** How to draw an input: uniform numbers from a stream of its own, rounded to the dtype. */
export interface InputSpec {
  readonly shape: Shape;
  /** Default: float32. */
  readonly dtype?: DType;
  /** Default: −1 for float32, 0 for integers. */
  readonly low?: number;
  /** Exclusive for integers. Default: 1 for float32, 256 for uint8; int32 has to say. */
  readonly high?: number;
  /** Whether a gradient is asked for. Default: true for float32; integers never have one. */
  readonly gradient?: boolean;
  /** Keeps values at least 0.05 away from this one, where the op has a kink. */
  readonly awayFrom?: number;
  /** Draws a permutation of evenly spaced values, so that no two are close: for ops that choose the greatest. */
  readonly distinct?: boolean;
  /** Rounds values to multiples of this: for ops that choose the greatest, to see what ties do. */
  readonly multipleOf?: number;
}

/** A call of an op on inputs of given shapes and ranges, with its float64 oracle. */
export interface OpCase {
  /** Unique; begins with the op. It seeds the inputs, so renaming a case draws others. */
  readonly name: string;
  readonly inputs: readonly InputSpec[];
  /** The call on a device. */
  readonly run: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  /** The same in float64. */
  readonly reference: (...inputs: NdArray[]) => NdArray | readonly NdArray[];
  /** Gradients of the inputs in float64, `null` where there is none; absent for ops that are not differentiable. */
  readonly referenceGradient?: (
    outputGradients: readonly [NdArray, ...NdArray[]],
    ...inputs: NdArray[]
  ) => readonly (NdArray | null)[];
  /** How many of the outputs, from the first, gradients flow from. Default: all. */
  readonly differentiableOutputs?: number;
  /** Why finite differences do not exist at these inputs; then the oracle's gradient is not checked with them. */
  readonly notSmooth?: string;
  /** Default: {@link defaultTolerance}. */
  readonly tolerance?: Tolerance;
}

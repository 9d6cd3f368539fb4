/** @file How weights start, as Keras names and computes it; the randomness is explicit. */
import { keep, normal, type Shape, sizeOf, type Tensor, tensor, uniform } from "@tessera/tensor";

/** Hands out one random stream per tensor, in the order of the calls, so that a model is a function of its seed. */
export class RandomStreams {
  readonly seed: number;
  #next = 0;

  /** @param seed a whole number from 0 to 2^53 − 1 */
  constructor(seed: number) {
    this.seed = seed;
  }

  /** A stream that nobody else was given. */
  next(): { seed: number; stream: number } {
    return { seed: this.seed, stream: this.#next++ };
  }
}

/** Makes a tensor that lives until it is disposed and that an optimizer may change. */
export function parameter(values: Float32Array, shape: Shape): Tensor {
  const result = statistic(values, shape);
  result.requiresGradient = true;
  return result;
}

/** Makes a tensor that lives until it is disposed and that no gradient reaches. */
export function statistic(values: Float32Array, shape: Shape): Tensor {
  return keep(tensor(values, shape));
}

/**
 * Glorot (Xavier) uniform: U(−l, l) with l = √(6 / (fanIn + fanOut)); Glorot and Bengio, 2010. Keras's default for
 * kernels. The fans of a filter [R, S, C, K] are R·S·C and R·S·K.
 */
export function glorotUniform(shape: Shape, random: RandomStreams): Tensor {
  const receptiveField = sizeOf(shape.slice(0, -2));
  const fans = receptiveField * (shape.at(-2)! + shape.at(-1)!);
  const limit = Math.sqrt(6 / fans);
  return parameter(uniform(random.next(), sizeOf(shape), -limit, limit), shape);
}

/** Draws the first values of a kernel [R, S, C, K] or [C, K]. */
export type Initializer = (shape: Shape, random: RandomStreams) => Tensor;

/**
 * He normal: N(0, 2 / fan) with the fan in R·S·C (He et al., "Delving Deep into Rectifiers", 2015): PyTorch's
 * `kaiming_normal_`. Keras's `he_normal` cuts the tails off; this does not.
 */
export function heNormal(shape: Shape, random: RandomStreams): Tensor {
  const fanIn = sizeOf(shape.slice(0, -1));
  return parameter(normal(random.next(), sizeOf(shape), 0, Math.sqrt(2 / fanIn)), shape);
}

/**
 * U(−l, l) with l = 1 / √fan, the fan in being R·S·C: what PyTorch's `Conv2d` and `Linear` start with (there as
 * `kaiming_uniform_` with a = √5).
 */
export function fanInUniform(shape: Shape, random: RandomStreams): Tensor {
  const limit = 1 / Math.sqrt(sizeOf(shape.slice(0, -1)));
  return parameter(uniform(random.next(), sizeOf(shape), -limit, limit), shape);
}

/** Zeros: Keras's default for biases and for BatchNorm's beta. */
export function zeros(shape: Shape): Tensor {
  return parameter(new Float32Array(sizeOf(shape)), shape);
}

/** Ones: Keras's default for BatchNorm's gamma. */
export function ones(shape: Shape): Tensor {
  return parameter(new Float32Array(sizeOf(shape)).fill(1), shape);
}

/** @file The shell of softmax and its logarithm, along one axis. */
import { normalizeAxes, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp, type Op } from "../op.ts";
import { softmaxCpu, softmaxGradientCpu } from "./softmax.cpu.ts";
import { softmaxGradientWebgpu, softmaxWebgpu } from "./softmax.webgpu.ts";

/** Options of softmax and logSoftmax. */
export interface SoftmaxOptions {
  /** The axis whose values compete, negative ones counted from the last. Default: −1. */
  readonly axis?: number;
}

/** x as [outer, length, inner] around the axis. */
export interface SoftmaxAttributes {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  /** Where not 0, row r along the last axis counts its first r mod queries + 1 values alone. */
  readonly queries: number;
  readonly log: boolean;
}

/** dx from [dy, y]. */
const gradientOp = defineOp<SoftmaxAttributes>({
  name: "softmax gradient",
  shape: ([dy]) => [dy!],
  gradient: "none",
  webgpu: softmaxGradientWebgpu,
  cpu: softmaxGradientCpu,
});

/** Makes the op, which errors call `name`. */
export function defineSoftmax(name: string): Op<SoftmaxAttributes> {
  return defineOp<SoftmaxAttributes>({
    name,
    shape([x]) {
      checkDType(name, "x", x!, "float32");
      return [x!];
    },
    gradient: ({ outputs: [y], attributes }, [dy]) => gradientOp([dy!, y!], attributes),
    webgpu: softmaxWebgpu,
    cpu: softmaxCpu,
  });
}

/** How x lies around an axis. */
export function alongAxis(
  name: string,
  { shape, rank }: Tensor,
  { axis = -1 }: SoftmaxOptions,
): Pick<SoftmaxAttributes, "outer" | "length" | "inner"> {
  const [resolved] = normalizeAxes(name, axis, rank) as [number];
  return {
    outer: sizeOf(shape.slice(0, resolved)),
    length: shape[resolved]!,
    inner: sizeOf(shape.slice(resolved + 1)),
  };
}

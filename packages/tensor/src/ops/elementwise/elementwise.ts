/** @file The shell of every elementwise op: broadcasting, gradients back to the operands' shapes, numbers as operands. */

import type { Device } from "../../devices/device.ts";
import { ArgumentError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { broadcastShapes } from "../../shape.ts";
import { constantScalar, Tensor } from "../../tensor.ts";
import { checkDType, defineOp, type Op } from "../op.ts";
import { sumTo } from "../sum-to.ts";
import { elementwiseCpu } from "./elementwise.cpu.ts";
import { type ElementwiseAttributes, elementwiseWebgpu } from "./elementwise.webgpu.ts";

/** What an elementwise op brings. */
export interface ElementwiseDefinition {
  readonly name: string;
  /** Names of the operands, one to three, as errors call them. */
  readonly operands: readonly string[];
  /** WGSL over `a`, `b`, `c` and `alpha`. */
  readonly wgsl: string;
  /** Exported name of the WebAssembly kernel. */
  readonly cpu: string;
  /**
   * Gradient of each operand, of the output's shape (the shell sums over stretched axes); called only for operands
   * that need one. `null` for an operand to which no gradient flows, `"none"` for ops that are not differentiable or
   * only appear inside gradients.
   */
  readonly gradient: "none" | readonly (((call: ElementwiseCall) => Tensor) | null)[];
}

/** One call, as its gradient sees it. */
export interface ElementwiseCall {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly dy: Tensor;
  readonly alpha: number;
}

/** Makes an elementwise op of float32 tensors. */
export function defineElementwise(definition: ElementwiseDefinition): Op<ElementwiseAttributes> {
  const { name, operands, gradient } = definition;
  return defineOp<ElementwiseAttributes>({
    name,
    shape(inputs) {
      inputs.forEach((input, i) => {
        checkDType(name, operands[i]!, input, "float32");
      });
      const shape = broadcastShapes(
        name,
        inputs.map((input) => input.shape),
      );
      return [{ shape, dtype: "float32" }];
    },
    gradient:
      gradient === "none"
        ? "none"
        : ({ inputs, outputs, attributes, needs }, [dy]) =>
            inputs.map((input, i) => {
              const gradientOf = gradient[i];
              if (!needs[i] || !gradientOf) return null;
              const call = { inputs, output: outputs[0]!, dy: dy!, alpha: attributes.alpha };
              return sumTo(gradientOf(call), input.shape, dy!);
            }),
    webgpu: elementwiseWebgpu(name, definition.wgsl),
    cpu: elementwiseCpu(name, definition.cpu),
  });
}

/**
 * Calls a binary op, either operand of which may be a number: a scalar on the other operand's device.
 *
 * @throws ArgumentError if both are numbers
 */
export function applyBinary(
  op: Op<ElementwiseAttributes>,
  name: string,
  a: Tensor | number,
  b: Tensor | number,
): Tensor {
  if (a instanceof Tensor && b instanceof Tensor) return op([a, b], noAlpha)[0]!;
  const beside = a instanceof Tensor ? a : b;
  if (!(beside instanceof Tensor)) {
    throw new ArgumentError(`${name}: at least one operand must be a tensor, got ${a} and ${b}`);
  }
  return applyNumbers(op, beside.device, [a, b]);
}

/** Calls an op, any operand of which may be a number: a scalar on `device`. */
export function applyNumbers(
  op: Op<ElementwiseAttributes>,
  device: Device,
  operands: readonly (Tensor | number)[],
): Tensor {
  return scope(() => {
    const scalars: Tensor[] = [];
    const tensors = operands.map((operand) => {
      if (operand instanceof Tensor) return operand;
      const scalar = constantScalar(device, operand);
      scalars.push(scalar);
      return scalar;
    });
    const result = op(tensors, noAlpha)[0]!;
    // The tape may still need the scalars' handles; nobody but the result refers to them.
    result.own(scalars);
    return result;
  });
}

/** For ops whose expression has no constant. */
export const noAlpha: ElementwiseAttributes = { alpha: 0 };

import { ArgumentError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { mul } from "../mul/mul.ts";
import { checkDType, defineOp } from "../op.ts";
import { sumOfSquaresCpu } from "./sum-of-squares.cpu.ts";
import { sumOfSquaresWebgpu } from "./sum-of-squares.webgpu.ts";

/** The op has no attributes. */
export type SumOfSquaresAttributes = Record<never, never>;

const op = defineOp<SumOfSquaresAttributes>({
  name: "sumOfSquares",
  shape(inputs) {
    inputs.forEach((input, i) => {
      checkDType("sumOfSquares", `tensor ${i}`, input, "float32");
    });
    return [{ shape: [], dtype: "float32" }];
  },
  gradient({ inputs, needs }, [dy]) {
    const factor = mul(dy!, 2);
    const gradients = inputs.map((x, i) => (needs[i] ? mul(x, factor) : null));
    factor.dispose();
    return gradients;
  },
  webgpu: sumOfSquaresWebgpu,
  cpu: sumOfSquaresCpu,
});

/**
 * Sum of the squares of all elements of all tensors: `y = Σₜ Σᵢ xₜ[i]²`, of which the root is their global norm. No
 * squares are stored, and the order of the summation depends on the sizes alone. The gradient of each is `2 · x · dy`.
 *
 * @param tensors float32, of any shapes; at least one
 * @returns a float32 scalar
 * @throws ArgumentError if there is no tensor
 * @throws DTypeError if a tensor is not float32
 * @throws DeviceError if they are not on one device
 */
export function sumOfSquares(tensors: readonly Tensor[]): Tensor {
  if (tensors.length === 0) throw new ArgumentError("sumOfSquares: expected at least one tensor");
  return op(tensors, {})[0]!;
}

/** @file Matrix products, with bias and activation in the same pass. */
import { ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { formatShape, sizeOf, type TensorSpec } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { type Activation, activationGradient } from "../activation.ts";
import { checkDType, defineOp, type GradientContext } from "../op.ts";
import { reshape } from "../reshape/reshape.ts";
import { sum } from "../sum/sum.ts";
import { sumTo } from "../sum-to.ts";
import { batchLayout } from "./batch.ts";
import { matmulCpu } from "./matmul.cpu.ts";
import { matmulWebgpu } from "./matmul.webgpu.ts";
import { matmulSizes } from "./sizes.ts";

/** What a matmul's launch needs to know besides shapes. Inputs are `[a, b]`, or `[a, b, bias]` with `hasBias`. */
export interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly hasBias: boolean;
  readonly activation: Activation;
}

/** Options of {@link matmul}. */
export interface MatmulOptions {
  /** `a` is stored [..., k, m]. Default: false. */
  readonly transposeA?: boolean;
  /** `b` is stored [..., n, k]. Default: false. */
  readonly transposeB?: boolean;
  /** [n], added to every row. */
  readonly bias?: Tensor;
  /** Default: `"none"`. */
  readonly activation?: Activation;
}

const operation = defineOp<MatmulAttributes>({
  name: "matmul",
  shape: matmulShape,
  gradient: matmulGradient,
  multiplyAdds: ([a], [y], { transposeA }) => sizeOf(y!.shape) * a!.shape.at(transposeA ? -2 : -1)!,
  webgpu: matmulWebgpu,
  cpu: matmulCpu,
});

/**
 * Matrix product: `y = activation(op(a) op(b) + bias)`, op transposing the last two axes where asked. Leading axes count
 * matrices: each of a is multiplied with the one of b in its place, by NumPy's broadcasting (`[8, 3, m, k]` with
 * `[8, 1, k, n]`, or with `[k, n]`).
 *
 * The gradients are matrix products of their own, `d op(a) = dz op(b)ᵀ` and `d op(b) = op(a)ᵀ dz`, summed over the axes
 * along which an operand was stretched.
 *
 * Summation is in float32; its order depends on the device, never on the number of threads.
 *
 * @param a float32 [..., m, k], or [..., k, m] with `transposeA`
 * @param b float32 [..., k, n], or [..., n, k] with `transposeB`
 * @returns float32 [..., m, n]; with k = 0 the sum is empty, so `activation(bias)`
 * @throws ShapeError if an operand has less than two axes, inner sizes differ, leading axes do not broadcast, or `bias`
 *   is not [n]
 * @throws DTypeError if an operand is not float32
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, bias, activation = "none" } = options;
  const attributes = { transposeA, transposeB, hasBias: bias !== undefined, activation };
  const inputs = bias ? [b, bias] : [b];
  // One matrix for all rows: they are one matrix, too, and the gradient of b is one product.
  if (b.rank !== 2 || a.rank <= 2 || transposeA) return operation([a, ...inputs], attributes)[0]!;
  matmulShape([a, ...inputs], attributes);
  return scope(() => {
    const rows = reshape(a, [sizeOf(a.shape.slice(0, -1)), a.shape.at(-1)!]);
    const flat = operation([rows, ...inputs], attributes)[0]!;
    const result = reshape(flat, [...a.shape.slice(0, -1), flat.shape[1]!]);
    result.own([rows, flat]);
    return result;
  });
}

function matmulShape(inputs: readonly TensorSpec[], attributes: MatmulAttributes): TensorSpec[] {
  const [a, b, bias] = inputs as [TensorSpec, TensorSpec, TensorSpec?];
  checkMatrix("a", a);
  checkMatrix("b", b);
  const { m, k, n } = matmulSizes(a, b, attributes);
  const inner = b.shape.at(attributes.transposeB ? -1 : -2)!;
  if (k !== inner) {
    const [left, right] = [describe(a, attributes.transposeA), describe(b, attributes.transposeB)];
    throw new ShapeError(`matmul: inner sizes differ: a is ${left}, b is ${right} (${k} ≠ ${inner})`);
  }
  if (bias) {
    checkDType("matmul", "bias", bias, "float32");
    if (bias.shape.length !== 1 || bias.shape[0] !== n) {
      throw new ShapeError(`matmul: bias must be [${n}], one value per column, got ${formatShape(bias.shape)}`);
    }
  }
  const { batchShape } = batchLayout(a.shape, b.shape);
  return [{ shape: [...batchShape, m, n], dtype: "float32" }];
}

function checkMatrix(name: string, spec: TensorSpec): void {
  checkDType("matmul", name, spec, "float32");
  if (spec.shape.length < 2) {
    throw new ShapeError(`matmul: ${name} must be a matrix or several, got ${formatShape(spec.shape)}`, {
      hints: ["a vector becomes a matrix of one row with reshape"],
    });
  }
}

function describe({ shape }: TensorSpec, transposed: boolean): string {
  return transposed ? `${formatShape(shape)} transposed` : formatShape(shape);
}

/** With z = op(a) op(b) + bias: d op(a) = dz op(b)ᵀ, d op(b) = op(a)ᵀ dz, and dbias sums dz over its rows. */
function matmulGradient(
  { inputs, outputs, attributes, needs }: GradientContext<MatmulAttributes>,
  [dy]: readonly (Tensor | null)[],
): (Tensor | null)[] {
  const [a, b] = inputs as [Tensor, Tensor];
  const { transposeA, transposeB, activation } = attributes;
  const dz = activationGradient(activation, dy!, outputs[0]!);
  const da = () =>
    transposeA
      ? matmul(b, dz, { transposeA: transposeB, transposeB: true })
      : matmul(dz, b, { transposeB: !transposeB });
  const db = () =>
    transposeB
      ? matmul(dz, a, { transposeA: true, transposeB: transposeA })
      : matmul(a, dz, { transposeA: !transposeA });
  const dbias = () => sum(dz, { axes: dz.shape.slice(0, -1).map((_, axis) => axis) });
  const gradients = [
    needs[0] ? sumTo(da(), a.shape) : null,
    needs[1] ? sumTo(db(), b.shape) : null,
    needs[2] ? dbias() : null,
  ];
  if (dz !== dy) dz.dispose();
  return gradients;
}

/** @file Scaled dot-product attention, made up of batched products and a softmax. */
import { ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { broadcastShapes, formatShape, sameShape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { add } from "../add/add.ts";
import { matmul } from "../matmul/matmul.ts";
import { mul } from "../mul/mul.ts";
import { checkDType } from "../op.ts";
import { causalSoftmax, softmax } from "../softmax/softmax.ts";

/** Options of {@link scaledDotProductAttention}. */
export interface AttentionOptions {
  /**
   * float32, added to the scores; it broadcasts to [..., queries, keys]. 0 lets a query see a key, −infinity hides it,
   * as `where(visible, 0, -Infinity)` gives it. Default: every query sees every key.
   */
  readonly mask?: Tensor;
  /** Whether query i sees keys 0 … i alone. Default: false. */
  readonly causal?: boolean;
  /** What the products of queries and keys are multiplied with. Default: 1 / √depth. */
  readonly scale?: number;
}

/**
 * Scaled dot-product attention: `y = softmax(scale · query keyᵀ + mask) value` (Vaswani et al., "Attention is all you
 * need", 2017), softmax over the keys. As PyTorch's function of this name. Leading axes, such as batch and heads,
 * broadcast. Gradients flow to query, key, value and mask. A query that sees no key gives NaN, as in PyTorch.
 *
 * @param query float32 [..., queries, depth]
 * @param key float32 [..., keys, depth]
 * @param value float32 [..., keys, values]
 * @returns float32 [..., queries, values]
 * @throws ShapeError if an operand has less than two axes, depths or numbers of keys differ, leading axes do not
 *   broadcast, or the mask does not broadcast to the scores
 * @throws DTypeError if an operand is not float32
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { mask, causal = false, scale }: AttentionOptions = {},
): Tensor {
  checkShapes(query, key, value, mask);
  return scope(() => {
    const scaled = mul(query, scale ?? 1 / Math.sqrt(query.shape.at(-1)!));
    const products = matmul(scaled, key, { transposeB: true });
    const scores = mask ? add(products, mask) : products;
    const weights = causal ? causalSoftmax(scores) : softmax(scores);
    const result = matmul(weights, value);
    result.own([scaled, products, scores, weights]);
    return result;
  });
}

function checkShapes(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | undefined): void {
  const name = "scaledDotProductAttention";
  for (const [what, operand] of Object.entries({ query, key, value })) {
    const { shape } = operand;
    checkDType(name, what, operand, "float32");
    if (shape.length >= 2) continue;
    throw new ShapeError(`${name}: ${what} must be [..., length, depth], got ${formatShape(shape)}`);
  }
  const [depth, keyDepth] = [query.shape.at(-1)!, key.shape.at(-1)!];
  if (depth !== keyDepth) {
    throw new ShapeError(
      `${name}: depths differ: query is ${formatShape(query.shape)}, key is ${formatShape(key.shape)} (${depth} ≠ ${keyDepth})`,
    );
  }
  const [keys, values] = [key.shape.at(-2)!, value.shape.at(-2)!];
  if (keys !== values) {
    throw new ShapeError(
      `${name}: key and value differ in length: key is ${formatShape(key.shape)}, value is ${formatShape(value.shape)} (${keys} ≠ ${values})`,
    );
  }
  const leadingAxes = [query, key, value].map(({ shape }) => shape.slice(0, -2));
  broadcastShapes(`${name}: leading axes`, leadingAxes);
  if (!mask) return;
  const leading = broadcastShapes(name, leadingAxes.slice(0, 2));
  const scores = [...leading, query.shape.at(-2)!, keys];
  checkDType(name, "mask", mask, "float32");
  if (sameShape(broadcastShapes(name, [scores, mask.shape]), scores)) return;
  throw new ShapeError(
    `${name}: mask must broadcast to the scores, ${formatShape(scores)}, got ${formatShape(mask.shape)}`,
  );
}

import {
  ArgumentError,
  reshape,
  type Shape,
  scaledDotProductAttention,
  sizeOf,
  type Tensor,
  transpose,
} from "@tessera/tensor";
import type { RandomStreams } from "../initializers.ts";
import { type ForwardCost, Module, type Part } from "../module.ts";
import { Dense } from "./dense.ts";
import { checkLastAxes } from "./layer-shapes.ts";

/** Options of {@link MultiHeadAttention}. */
export interface MultiHeadAttentionOptions {
  /** Size of the query's last axis. */
  readonly inputs: number;
  readonly numHeads: number;
  /** Size of each head's queries and keys. */
  readonly keyDim: number;
  /** Size of each head's values. Default: `keyDim`. */
  readonly valueDim?: number;
  /** Size of the key's last axis, where it is not the query's. Default: `inputs`. */
  readonly keyInputs?: number;
  /** Size of the value's last axis. Default: `keyInputs`. */
  readonly valueInputs?: number;
  /** Size of the output's last axis. Default: `inputs`. */
  readonly units?: number;
}

/** What a query attends to, and what of it it sees. */
export interface AttentionInputs {
  /** [..., keys, valueInputs]. Default: the query, which then attends to itself. */
  readonly value?: Tensor;
  /** [..., keys, keyInputs]. Default: the value. */
  readonly key?: Tensor;
  /** float32, added to the scores; it broadcasts to [..., numHeads, queries, keys]. 0 shows a key, −infinity hides it. */
  readonly mask?: Tensor;
  /** Whether query i sees keys 0 … i alone. Default: false. */
  readonly causal?: boolean;
}

/**
 * Multi-head attention (Vaswani et al., 2017), as Keras's layer: query, key and value are projected, each head attends
 * with a part of them of its own, and what the heads give is joined and projected again. [..., queries, inputs] →
 * [..., queries, units]. Projections have biases; kernels start Glorot uniform over all heads together, as PyTorch's.
 */
export class MultiHeadAttention extends Module {
  readonly kind = "MultiHeadAttention";
  readonly query: Dense;
  readonly key: Dense;
  readonly value: Dense;
  readonly output: Dense;
  readonly numHeads: number;

  constructor(options: MultiHeadAttentionOptions, random: RandomStreams) {
    super();
    const { inputs, numHeads, keyDim, valueDim = keyDim, units = inputs } = options;
    const { keyInputs = inputs, valueInputs = keyInputs } = options;
    for (const [name, size] of Object.entries({ numHeads, keyDim, valueDim })) {
      if (Number.isInteger(size) && size >= 1) continue;
      throw new ArgumentError(`MultiHeadAttention: ${name} must be a whole number of at least 1, got ${size}`);
    }
    this.query = new Dense({ inputs, units: numHeads * keyDim }, random);
    this.key = new Dense({ inputs: keyInputs, units: numHeads * keyDim }, random);
    this.value = new Dense({ inputs: valueInputs, units: numHeads * valueDim }, random);
    this.output = new Dense({ inputs: numHeads * valueDim, units }, random);
    this.numHeads = numHeads;
  }

  forward(x: Tensor, { value = x, key = value, mask, causal = false }: AttentionInputs = {}): Tensor {
    const heads = scaledDotProductAttention(
      this.#split(this.query.forward(x)),
      this.#split(this.key.forward(key)),
      this.#split(this.value.forward(value)),
      mask ? { mask, causal } : { causal },
    );
    const joined = transpose(heads, swapped(heads.rank));
    return this.output.forward(reshape(joined, [...joined.shape.slice(0, -2), -1]));
  }

  outputShape(input: Shape): Shape {
    checkLastAxes("MultiHeadAttention", input, 2, [this.query.kernel.shape[0]!]);
    return [...input.slice(0, -1), this.output.kernel.shape[1]!];
  }

  /** As self-attention: key and value are the query. */
  override parts(input: Shape): Part[] {
    const { query, key, value, output } = this;
    const projections = Object.entries({ query, key, value }).map(([name, layer]): Part => [name, layer, input]);
    return [...projections, ["output", output, [...input.slice(0, -1), output.kernel.shape[0]!]]];
  }

  /** Of self-attention: scores, their softmax, and what the heads give. */
  protected override ownCost(input: Shape): ForwardCost {
    const rows = sizeOf(input.slice(0, -1));
    const length = input.at(-2)!;
    const values = this.value.kernel.shape[1]!;
    return {
      multiplyAdds: rows * length * (this.query.kernel.shape[1]! + values),
      activations: 2 * rows * length * this.numHeads + rows * values,
    };
  }

  /** [..., length, heads · depth] → [..., heads, length, depth] */
  #split(x: Tensor): Tensor {
    const parted = reshape(x, [...x.shape.slice(0, -1), this.numHeads, x.shape.at(-1)! / this.numHeads]);
    return transpose(parted, swapped(parted.rank));
  }
}

/** The axes in order, but for the two before the last. */
function swapped(rank: number): number[] {
  return [...Array(rank - 3).keys(), rank - 2, rank - 3, rank - 1];
}

import { Kernels } from "./kernels.ts";

/** Columns in a panel of the kernel. */
const PANEL = 4;

/**
 * Accumulates XᵀX in float64, block by block of rows.
 *
 * The sum over rows runs in blocks of at most {@link Gram.blockRows}: the same rows in the same order give the same bits.
 */
export class Gram {
  /** Most rows that {@link add} takes at a time. */
  static readonly blockRows = 128;
  readonly features: number;
  readonly #kernels: Kernels;
  readonly #count: number;
  readonly #panels: number;
  readonly #gram: number;

  private constructor(kernels: Kernels, features: number) {
    this.features = features;
    this.#kernels = kernels;
    this.#count = Math.ceil(features / PANEL);
    this.#gram = kernels.allocate(8 * (PANEL * this.#count) ** 2);
    this.#panels = kernels.allocate(8 * PANEL * this.#count * Gram.blockRows);
  }

  /** @param features columns of X. */
  static async of(features: number): Promise<Gram> {
    return new Gram(await Kernels.open(), features);
  }

  /** Adds rows: `count` · features values, row-major. */
  add(rows: ArrayLike<number>, count: number): void {
    const panels = this.#kernels.doubles(this.#panels, PANEL * this.#count * count);
    const { features } = this;
    for (let column = 0; column < features; column++) {
      let to = Math.floor(column / PANEL) * PANEL * count + (column % PANEL);
      for (let from = column; from < count * features; from += features, to += PANEL) panels[to] = rows[from]!;
    }
    // Columns that pad the last panel.
    for (let column = features; column < PANEL * this.#count; column++) {
      const start = Math.floor(column / PANEL) * PANEL * count + (column % PANEL);
      for (let row = 0; row < count; row++) panels[start + row * PANEL] = 0;
    }
    this.#kernels.run.addGram(this.#panels, count, this.#count, this.#gram);
  }

  /** The sum so far: [features, features], symmetric to the bit. */
  result(): Float64Array {
    const { features } = this;
    const stride = PANEL * this.#count;
    const gram = this.#kernels.doubles(this.#gram, stride * stride);
    const out = new Float64Array(features * features);
    for (let row = 0; row < features; row++) {
      for (let column = 0; column <= row; column++) {
        const value = gram[row * stride + column]!;
        out[row * features + column] = value;
        out[column * features + row] = value;
      }
    }
    return out;
  }
}

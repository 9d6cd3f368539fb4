import { Kernels } from "./kernels.ts";

/** Columns in a panel of the kernel. */
const PANEL = 8;
/** Rows of a tile of the kernel. */
const TILE = 4;

/** X·M in float32 for one square M and many X. */
export class Product {
  /** Most rows that {@link apply} takes at a time. */
  static readonly blockRows = 256;
  readonly features: number;
  readonly #kernels: Kernels;
  readonly #count: number;
  readonly #panels: number;
  readonly #x: number;
  readonly #out: number;

  private constructor(kernels: Kernels, matrix: Float32Array, features: number) {
    this.features = features;
    this.#kernels = kernels;
    this.#count = Math.ceil(features / PANEL);
    this.#panels = kernels.allocate(4 * features * PANEL * this.#count);
    this.#x = kernels.allocate(4 * features * Product.blockRows);
    this.#out = kernels.allocate(4 * PANEL * this.#count * Product.blockRows);
    const panels = kernels.floats(this.#panels, features * PANEL * this.#count);
    for (let row = 0; row < features; row++) {
      for (let column = 0; column < features; column++) {
        const panel = Math.floor(column / PANEL) * PANEL * features;
        panels[panel + row * PANEL + (column % PANEL)] = matrix[row * features + column]!;
      }
    }
  }

  /** @param matrix M, [features, features], row-major. */
  static async of(matrix: Float32Array, features: number): Promise<Product> {
    return new Product(await Kernels.open(), matrix, features);
  }

  /**
   * @param rows `count` · features values.
   * @param out where as many values go.
   */
  apply(rows: Float32Array, count: number, out: Float32Array): void {
    const { features } = this;
    this.#kernels.floats(this.#x, count * features).set(rows.subarray(0, count * features));
    const padded = Math.ceil(count / TILE) * TILE;
    this.#kernels.run.multiply(this.#x, this.#panels, this.#out, padded, features, this.#count);
    const stride = PANEL * this.#count;
    const result = this.#kernels.floats(this.#out, count * stride);
    for (let row = 0; row < count; row++) {
      out.set(result.subarray(row * stride, row * stride + features), row * features);
    }
  }
}

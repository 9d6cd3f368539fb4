/** Colours that stand for all others. */
export interface Colours {
  /** K·3 values 0 … 1: red, green and blue of each. */
  readonly centres: Float64Array;
  /** [K, 3]. */
  readonly shape: readonly [count: number, channels: 3];
}

/** One image as decoded. */
export interface RgbImage {
  /** H·W·3 values 0 … 255: row by row, red, green and blue of a pixel together. */
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
}

import { checkPixels } from "../image-set.ts";
import type { ImageShape } from "../layout.ts";

/**
 * Unsharp masking, equal to OpenCV's `filter2D(image, -1, kernel)` byte for byte, with the kernel
 *
 * ```
 *            [1  4    6  4 1]
 *            [4 16   24 16 4]
 * −1/256  ·  [6 24 −476 24 6]  =  2·image − (binomial blur of image)
 *            [4 16   24 16 4]
 *            [1  4    6  4 1]
 * ```
 *
 * The borders are mirrored without repeating the edge (BORDER_REFLECT_101), a half is rounded to even, and results
 * below 0 or above 255 are clipped. OpenCV sums in float32, but every partial sum is a multiple of 1/256 below 2¹⁶, so
 * float32 holds it exactly and the sums here, in integers and as two passes of [1 4 6 4 1], are the same numbers.
 *
 * @param images N·H·W·C values 0 … 255, NHWC.
 * @param shape [N, H, W, C].
 * @returns as many values, new.
 * @see https://docs.opencv.org/4.x/d4/d86/group__imgproc__filter.html (filter2D)
 */
export function sharpen(images: Uint8Array, shape: ImageShape): Uint8Array {
  checkPixels("sharpen", images, shape);
  const [count, height, width, channels] = shape;
  const row = width * channels;
  const size = height * row;
  const out = new Uint8Array(images.length);
  const clipped = new Uint8ClampedArray(out.buffer);
  const blurred = new Int32Array(size);
  const rows = Array.from({ length: height + 4 }, (_, y) => row * mirror(y - 2, height));
  for (let image = 0; image < count; image++) {
    const start = image * size;
    blurAlongRows(images, start, blurred, height, width, channels);
    for (let y = 0; y < height; y++) {
      const [a, b, c, d, e] = [rows[y]!, rows[y + 1]!, rows[y + 2]!, rows[y + 3]!, rows[y + 4]!];
      for (let i = 0; i < row; i++) {
        const ends = blurred[a + i]! + blurred[e + i]!;
        const blur = ends + 4 * (blurred[b + i]! + blurred[d + i]!) + 6 * blurred[c + i]!;
        const at = start + c + i;
        const sum = 512 * images[at]! - blur;
        // Sum / 256 rounded half to even: up from the half only where the whole part is odd.
        clipped[at] = (sum + 127 + ((sum >> 8) & 1)) >> 8;
      }
    }
  }
  return out;
}

/** out = [1 4 6 4 1] along each row of one image. */
function blurAlongRows(
  images: Uint8Array,
  start: number,
  out: Int32Array,
  height: number,
  width: number,
  channels: number,
): void {
  const row = width * channels;
  const [one, two] = [channels, 2 * channels];
  for (let y = 0; y < height; y++) {
    const from = start + y * row;
    const to = y * row;
    for (let i = two; i < row - two; i++) {
      const at = from + i;
      const ends = images[at - two]! + images[at + two]!;
      out[to + i] = ends + 4 * (images[at - one]! + images[at + one]!) + 6 * images[at]!;
    }
    for (let x = 0; x < width; x++) {
      if (x === 2 && width > 4) x = width - 2;
      for (let channel = 0; channel < channels; channel++) {
        const pixel = (offset: number) => images[from + mirror(x + offset, width) * channels + channel]!;
        out[to + x * channels + channel] = pixel(-2) + pixel(2) + 4 * (pixel(-1) + pixel(1)) + 6 * pixel(0);
      }
    }
  }
}

/** BORDER_REFLECT_101: … 2 1 | 0 1 2 … n − 1 | n − 2 …, as often as it takes for a short side. */
function mirror(position: number, length: number): number {
  if (length === 1) return 0;
  let at = position;
  while (at < 0 || at >= length) at = at < 0 ? -at : 2 * (length - 1) - at;
  return at;
}

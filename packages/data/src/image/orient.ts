import type { Orientation } from "./exif.ts";
import type { RgbImage } from "./rgb-image.ts";

/**
 * Turns and mirrors an image so that it is upright, as `cv2.imread` does.
 *
 * @returns the image itself for orientation 1, else a new one; 5 … 8 swap height and width.
 */
export function orient(image: RgbImage, orientation: Orientation): RgbImage {
  if (orientation === 1) return image;
  const { pixels, height, width } = image;
  const turned = orientation > 4;
  // Where a walk along the rows of the result begins and steps in the original, in rows and columns.
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const rowStep = (fromBottom ? -1 : 1) * width;
  const columnStep = fromRight ? -1 : 1;
  const start = (fromBottom ? (height - 1) * width : 0) + (fromRight ? width - 1 : 0);
  const [alongX, alongY] = turned ? [rowStep, columnStep] : [columnStep, rowStep];
  const [outHeight, outWidth] = turned ? [width, height] : [height, width];
  const out = new Uint8Array(pixels.length);
  let to = 0;
  for (let y = 0; y < outHeight; y++) {
    let pixel = start + y * alongY;
    for (let x = 0; x < outWidth; x++, pixel += alongX) {
      out[to++] = pixels[3 * pixel]!;
      out[to++] = pixels[3 * pixel + 1]!;
      out[to++] = pixels[3 * pixel + 2]!;
    }
  }
  return { pixels: out, height: outHeight, width: outWidth };
}

/** @file Pictures from bytes, and bytes from pictures. */

/** Draws an RGB image into a canvas of its size. */
export function drawImage(
  canvas: HTMLCanvasElement,
  rgb: Uint8Array,
  [height, width]: readonly [number, number],
): void {
  canvas.width = width;
  canvas.height = height;
  const data = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    data.data.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
    data.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d")?.putImageData(data, 0, 0);
}

/** The middle square of a picture of the user's, scaled to a size, as RGB bytes. What is transparent becomes white. */
export async function readPicture(file: File, [height, width]: readonly [number, number]): Promise<Uint8Array> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(`${file.name}: expected a picture that this browser can show, found a file of another kind`);
  });
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser gives no canvas to draw on");
  const scale = Math.max(width / bitmap.width, height / bitmap.height);
  const [w, h] = [bitmap.width * scale, bitmap.height * scale];
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return Uint8Array.from({ length: 3 * width * height }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)]!);
}

// Boxes of images, filled. x and y are [batch, height, width, channels], boxes is [batch, count, 5] (top, left, height,
// width, channel or -1), colors is [channels] or, with ownColors, [batch, count, channels].
import { shareStart } from "../parallel.assembly";

/** Fills one box, as far as it lies in the image. */
function eraseBox(image: usize, box: usize, color: usize, height: i32, width: i32, channels: i32): void {
  const top = load<i32>(box);
  const left = load<i32>(box + 4);
  const bottom = min(height, top + load<i32>(box + 8));
  const right = min(width, left + load<i32>(box + 12));
  const channel = load<i32>(box + 16);
  for (let i = max(0, top); i < bottom; i++) {
    for (let j = max(0, left); j < right; j++) {
      const pixel = image + (<usize>((i * width + j) * channels) << 2);
      if (channel == -1) memory.copy(pixel, color, <usize>channels << 2);
      else if (channel >= 0 && channel < channels) {
        i32.store(pixel + (<usize>channel << 2), i32.load(color + (<usize>channel << 2)));
      }
    }
  }
}

export function eraseBoxes(
  x: usize, boxes: usize, colors: usize, y: usize, batch: i32, height: i32, width: i32, channels: i32,
  count: i32, ownColors: i32, thread: i32, threads: i32,
): void {
  const bytes = <usize>(height * width * channels) << 2;
  const end = shareStart(batch, 1, thread + 1, threads);
  for (let b = shareStart(batch, 1, thread, threads); b < end; b++) {
    const image = y + <usize>b * bytes;
    memory.copy(image, x + <usize>b * bytes, bytes);
    for (let k = b * count; k < (b + 1) * count; k++) {
      const color = ownColors ? colors + (<usize>(k * channels) << 2) : colors;
      eraseBox(image, boxes + <usize>(k * 20), color, height, width, channels);
    }
  }
}
